/**
 * What the screens that a resident sees are given: ui/register, handover, survey, qr, told and badge, each of which
 * exports one component with these. They are loaded when they are first opened.
 */

import type { FieldClient, HouseView } from "../contract";
import type { Visit } from "../protocol/types";

export interface ResidentProps {
  client: FieldClient;
  house?: HouseView;
  worklist?: number;
  usrn?: string;
  /**
   * The visit that has not been recorded yet and belongs to this conversation: the screen records it in the same event as
   * its registration or answers. Left out where the officer recorded the visit before.
   */
  visit?: Visit;
  /** Leaves the screen. `eventId` is the last event recorded here, "" where nothing was. */
  onDone(eventId?: string): void;
}
