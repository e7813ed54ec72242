/** Starts the console. */

import { render } from "preact";
import { App } from "./shell/App";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/charts.css";
import "./styles/pages.css";

const place = document.getElementById("app");
if (place) render(<App />, place);
