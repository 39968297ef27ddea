"""Models: loading, running, batching. The only room that imports heavy libraries to serve."""
