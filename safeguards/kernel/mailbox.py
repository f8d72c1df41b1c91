"""How much may wait for one slow reader."""

FRAMES = 256
BYTES = 256 * 1024


class MailboxBound:
    """Counts what waits; the first frame beyond either bound does not fit."""

    def __init__(self, frames: int = FRAMES, size: int = BYTES) -> None:
        self.most_frames, self.most_bytes = frames, size
        self.frames = self.bytes = 0

    def take(self, size: int) -> bool:
        """Count one chunk of `size` bytes; False when it does not fit, and then nothing is counted."""
        if self.frames + 1 > self.most_frames or self.bytes + size > self.most_bytes:
            return False
        self.frames += 1
        self.bytes += size
        return True

    def clear(self) -> None:
        self.frames = self.bytes = 0
