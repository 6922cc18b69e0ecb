"""One pass over the source for all selected streams: windows, bookmarks, reading ahead, resuming."""
