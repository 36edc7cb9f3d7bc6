// The one script of every page. Each module looks for its own elements, and does nothing without
// them. All modules are named here, so the browser fetches them side by side.

import "./csrf.js";
import "./dom.js";
import "./keys.js";
import "./reasons.js";
import "./components/copy.js";
import "./components/drawing.js";
import "./components/focus.js";
import "./components/notices.js";
import "./components/panel.js";
import "./components/passkeys.js";
import "./components/photo_links.js";
import "./components/progress.js";
import "./components/selection.js";
import "./review/faces.js";
import "./review/outbox.js";
import "./review/page.js";
import "./uploads/folders.js";
import "./uploads/queue.js";
import "./uploads/rows.js";
import "./uploads/sources.js";
import "./uploads/transport.js";
