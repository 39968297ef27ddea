"""The filters, one file each; discovery finds them."""
