"""From blocks of frames to segments on disk, rows in the index, and gaps with causes."""
