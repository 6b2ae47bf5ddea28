"""One scene as MoviePy's documentation makes it: a picture, resized by a function of the time where it moves, and one text a word.
The argument is a JSON object: picture, moves, words ([text, start, end] in seconds), font, frames, shown, crf, out.
"""

import json
import math
import sys

from moviepy import CompositeVideoClip, ImageClip, TextClip

FPS, SIZE, ZOOM = 30, (1080, 1920), 1.08

film = json.loads(sys.argv[1])
seconds, shown = film["frames"] / FPS, film["shown"] / FPS


def size(t):
    """The compositor's way into the middle."""
    part = min(1.0, t * FPS / (film["frames"] - 1))
    eased = 0.4 * part + 0.6 * part * part * (3 - 2 * part)
    return math.exp(eased * math.log(ZOOM)) / ZOOM


picture = ImageClip(film["picture"]).with_duration(seconds)
picture = picture.resized(size).with_position("center") if film["moves"] else picture.resized(SIZE)
words = [
    TextClip(font=film["font"], text=text, font_size=64, color="#ffd400", stroke_color="#000000", stroke_width=6, margin=(20, 20))
    .with_start(start)
    .with_duration(end - start)
    .with_position(("center", 1540))
    for text, start, end in film["words"]
    if start < shown
]
made = CompositeVideoClip([picture, *words], size=SIZE).with_duration(shown)
made.write_videofile(
    film["out"], fps=FPS, codec="libx264", preset="veryfast", audio=False, logger=None,
    ffmpeg_params=["-crf", film["crf"], "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"],
)
