// The script of pages with a grid of tiles, beside `site.js`.

import "./components/months.js";
import "./components/pages.js";
import "./components/pictures.js";
import "./components/tile_size.js";
