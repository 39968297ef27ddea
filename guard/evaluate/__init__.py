"""Quality figures of filters on labelled sets."""
