"""What the service sends: deliveries that wait, and the channels that they leave by."""
