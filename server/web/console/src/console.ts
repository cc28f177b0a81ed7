/** What every page of the console loads: GOV.UK behaviours, htmx, and ours. A page works without any of it. */
import { Button, createAll, ErrorSummary, NotificationBanner, ServiceNavigation } from "govuk-frontend";
import "./countdown.ts";
import "./csrf.ts";

document.documentElement.classList.add("js");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(Button);
createAll(ErrorSummary);
createAll(NotificationBanner);
createAll(ServiceNavigation);

if (document.querySelector("[hx-get], [hx-post]")) void import("htmx.org");
if (document.querySelector("form[data-passkey]")) void import("./passkey.ts");

const dragged = document.querySelector<HTMLFormElement>("form[data-drag-form]");
if (dragged) void import("./drag.ts").then(({ enableDragging }) => enableDragging(dragged));

const entered = document.querySelector<HTMLFormElement>("form[data-entry]");
if (entered) void import("./entry.ts").then(({ keepShort }) => keepShort(entered));
if (document.querySelector("[data-map], textarea[data-draw]")) void import("./map/start.ts");
