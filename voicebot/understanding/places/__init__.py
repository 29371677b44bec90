"""Where help is needed: names, roads, numbers and points, put together from what a text mentions."""
