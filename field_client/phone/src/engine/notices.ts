/** What one window or worker tells the others of a store: look again. */

const CHANNEL = "doorstep";

/** Said with no more than the device's id. `close` ends it. */
export class Notices {
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);

  constructor(onChange: (device: string) => void = () => undefined) {
    if (this.channel !== null) {
      this.channel.onmessage = (event: MessageEvent) => onChange(String(event.data));
    }
  }

  say(device: string): void {
    this.channel?.postMessage(device);
  }

  close(): void {
    this.channel?.close();
  }
}
