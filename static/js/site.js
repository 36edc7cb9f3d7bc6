// The script of every page. Each module looks for its own elements, and does nothing without them.
// Pages of photos, uploads and reviews add `grid.js`, `uploads.js` and `review.js`. These four
// import all modules; `collectstatic` joins each with its own (celebattr/scripts.py).

import "./csrf.js";
import "./delivery.js";
import "./dom.js";
import "./keys.js";
import "./reasons.js";
import "./words.js";
import "./components/again.js";
import "./components/back.js";
import "./components/colors.js";
import "./components/copy.js";
import "./components/drawing.js";
import "./components/focus.js";
import "./components/frame.js";
import "./components/menu.js";
import "./components/notices.js";
import "./components/panel.js";
import "./components/passkeys.js";
import "./components/photo_links.js";
import "./components/places.js";
import "./components/press.js";
import "./components/progress.js";
import "./components/roving.js";
import "./components/selection.js";
import "./components/viewer.js";
