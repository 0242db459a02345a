"""The venue server: HTTP, feed and jobs around the kernel."""
