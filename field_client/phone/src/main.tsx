import { render } from "preact";
import { openPhone } from "./engine/phone";
import { startWorker } from "./engine/worker";
import { App } from "./ui/app";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/frame.css";
import "./ui/parts.css";
import "./ui/fields.css";
import "./ui/houses.css";
import "./ui/screens.css";
import "./ui/narrow.css";

const place = document.getElementById("app");
if (place) {
  const practise = () => import("./practice/client").then((practice) => practice.practise());
  render(<App open={() => openPhone(practise)} />, place);
  void startWorker();
}
