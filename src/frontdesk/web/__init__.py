"""What customers reach: the HTTP API, its event stream, and the chat page."""
