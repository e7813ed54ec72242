/** Starts the console. */

import { render } from "preact";
import { App } from "./shell/App";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/charts.css";
import "./styles/pages.css";
import "./styles/platform.css";
import "./styles/reference.css";
import "./styles/machinery.css";

const place = document.getElementById("app");
if (place) render(<App />, place);
