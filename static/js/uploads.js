// The script of pages that take uploads, beside `site.js`.

import "./uploads/arrivals.js";
import "./uploads/folders.js";
import "./uploads/kept.js";
import "./uploads/known.js";
import "./uploads/queue.js";
import "./uploads/rows.js";
import "./uploads/sources.js";
import "./uploads/time_left.js";
import "./uploads/transport.js";
