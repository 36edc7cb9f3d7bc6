// The script of the review, beside `site.js`.

import "./review/faces.js";
import "./review/outbox.js";
import "./review/page.js";
import "./review/swipe.js";
