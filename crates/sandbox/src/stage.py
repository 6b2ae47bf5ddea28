"""Runs programs for Manim, each in a process forked from this one, which has imported Manim already.

Takes a line of JSON for each program on its input, and says on its error output that it is ready, and how each one ended. A program
writes its frames to the output: how often a frame is shown (u32, little endian), then its pixels (RGBA, from the top). It has no
other way out: what it prints leads here.
"""

import ast
import ctypes
import json
import os
import resource
import signal
import struct
import sys
import traceback
from pathlib import Path

import manim
import numpy
from manim import *

# Machine code that a program needs is loaded before it: later none is. Nothing is safe because a module is missing.
import mmap
import socket
import scipy.interpolate
import scipy.spatial
import typst

NAME = "program"
PIXELS = 3  # the output of a program's own process, where `print` writes to the errors
PR_SET_PDEATHSIG, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 22, 2
COLORS = {
    "GROUND": "#0b1020", "PLAIN": "#f2f5fc", "ACCENT": "#7aa2ff", "SECOND": "#ffb870", "GOOD": "#68e8a0", "BAD": "#ff9292", "MUTED": "#8890a8",
}
IMPORTS = {"manim", "numpy", "math", "random"}
TEX = {"Tex", "MathTex", "SingleStringMathTex", "Title", "BulletedList", "Variable", "TexTemplate"}
INSTEAD_OF_TEX = 'write formulas with MathTypst("...") and everything else with Text("...")'
BANNED = {"open", "exec", "eval", "compile", "input", "globals", "locals", "vars", "breakpoint", "os", "sys", "config", "tempconfig",
          "SVGMobject", "ImageMobject", "add_sound", "next_section", "interactive_embed", "embed"}
MOST_SAID = 1 << 20  # bytes
GRACE = 0.02  # of the frame's width: how far a line's own thickness may stand over its edge


# Nothing is removed here: the folder goes as a whole, and until then each file counts.
Path.unlink = lambda path, missing_ok=False: None


class Over(BaseException):
    """The scene has all the frames that it can show."""


class Wrong(Exception):
    """A program does something that cannot be shown."""


class At(Wrong):
    """The same, seen in its text."""

    def __init__(self, node, sentence):
        super().__init__(sentence)
        self.lineno = node.lineno


class Output:
    """Where frames go: counts them, and writes them if they are painted."""

    def __init__(self, job):
        self.wanted, self.paints, self.frames = job["frames"], job["paints"], 0

    def show(self, pixels, times):
        times = min(times, self.wanted - self.frames)
        self.frames += times
        if self.paints and times > 0:
            parts = [memoryview(struct.pack("<I", times)), memoryview(numpy.ascontiguousarray(pixels)).cast("B")]
            for part in parts:
                while part:
                    part = part[os.write(PIXELS, part):]
        if self.frames >= self.wanted:
            raise Over


class Painter(CairoRenderer):
    """Draws a scene into an output."""

    def __init__(self, output):
        super().__init__(camera_class=MovingCamera)
        self.output = output

    def init_scene(self, scene, *settings):
        self.file_writer = None

    def play(self, scene, *args, **kwargs):
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        if self.skip_animations:
            self.time += scene.duration
        elif self.output.paints and not scene.is_current_animation_frozen_frame():
            self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            if not self.skip_animations:
                frames = max(1, round(scene.duration * self.camera.frame_rate))
                self.hold(scene, frames)
        else:
            scene.play_internal()
        self.static_image = None
        self.num_plays += 1
        scene.keep_within()

    def hold(self, scene, frames):
        """Shows what is there for so many frames."""
        if self.output.paints:
            self.update_frame(scene)
        self.add_frame(self.camera.pixel_array, frames)

    def render(self, scene, time, moving_mobjects=None):
        if self.output.paints and not self.skip_animations:
            self.update_frame(scene, moving_mobjects)
        self.add_frame(self.camera.pixel_array)

    def add_frame(self, frame, num_frames=1):
        if self.skip_animations:
            return
        self.time += num_frames / self.camera.frame_rate
        self.output.show(frame, num_frames)

    def scene_finished(self, scene):
        pass


def letters(text):
    """A text as it is compared: its letters and digits, small."""
    return "".join(c for c in str(text).lower() if c.isalnum())


class Section(MovingCameraScene):
    """What a program builds on: a scene that knows when the words of its narration are said."""

    job = None

    def __init__(self):
        self.output = Output(self.job)
        super().__init__(renderer=Painter(self.output))
        self.times = self.job["at"]
        # Letters alone, and which word each is of: how words are cut, and what stands between them, is no matter.
        words = [letters(word) for word in self.job["words"]]
        self.said = "".join(words)
        self.word_of = [index for index, word in enumerate(words) for _ in word]
        self.said_until = 0
        width, height = config.frame_width, config.frame_height
        low = 0.70 if height >= width else 0.76
        self.area = Rectangle(width=width * 0.86, height=height * (low - 0.06)).move_to(UP * height * (0.5 - (low + 0.06) / 2))
        # Where the words before are another part's, what happened at them is over already.
        self.renderer.skip_animations = bool(self.times) and self.times[0] is not None and self.times[0] < 0

    def setup(self):
        self.camera.background_color = config.background_color

    def at(self, words):
        """Holds the picture until these words of the narration are said. They are looked for from the last words on."""
        moment = self.times[self.find(words)]
        if moment is not None and moment < 0:
            return
        self.renderer.skip_animations = False
        if moment is None:
            # A later part's: what is there stays to the end.
            self.renderer.hold(self, self.job["frames"])
        frames = moment - self.output.frames
        if frames > 0:
            self.wait(frames / self.job["fps"])

    def find(self, words):
        wanted, places = letters(words), []
        place = self.said.find(wanted, self.said_until) if wanted else -1
        while place >= 0:
            places.append(place)
            place = self.said.find(wanted, place + 1)
        if not places:
            raise Wrong(f"at({str(words)!r}): these words are not said from there on; copy one to four words of the narration, in its order")
        whole = (place for place in places if place == 0 or self.word_of[place - 1] != self.word_of[place])
        self.said_until = next(whole, places[0])
        return self.word_of[self.said_until]

    def keep_within(self):
        """Everything that is seen is inside of the frame: a program that is not is not painted at all."""
        if self.output.paints:
            return
        frame = self.camera.frame
        # Where the camera has come nearer, what it leaves out is meant to be outside.
        x, y, _ = frame.get_center()
        half_width, half_height = (max(side, whole) / 2 for side, whole in
                                   [(frame.width + abs(x) * 2, config.frame_width), (frame.height + abs(y) * 2, config.frame_height)])
        grace = GRACE * config.frame_width
        for thing in self.mobjects:
            if thing is frame:
                continue
            seen = [] if isinstance(thing, ValueTracker) else [part for part in thing.family_members_with_points() if is_seen(part)]
            if not seen:
                continue
            points = numpy.vstack([part.points for part in seen])
            (left, low), (right, high) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
            if not numpy.isfinite([left, low, right, high]).all():
                raise Wrong(f"{told(thing)} has a size or a place that is no number")
            over = {
                "left": -half_width - left, "right": right - half_width, "lower": -half_height - low, "upper": high - half_height,
            }
            edge = max(over, key=over.get)
            if over[edge] > grace:
                raise Wrong(
                    f"off frame: {told(thing)} reaches {over[edge]:.1f} units beyond the {edge} edge; "
                    f"the frame is {config.frame_width:.1f} wide and {config.frame_height:.1f} high; scale it or move it"
                )


def is_seen(part):
    """Whether it is drawn at all. What has no lines and surfaces (dots, pictures) is."""
    if not isinstance(part, VMobject):
        return True
    return max(part.get_fill_opacity(), part.get_stroke_opacity()) > 0.01


def told(thing):
    text = getattr(thing, "original_text", None) or getattr(thing, "text", None)
    return f"{type(thing).__name__}({str(text)[:30]!r})" if text else type(thing).__name__


def prepare(job):
    """Manim's settings for a job, and what would call TeX calls Text."""
    config.renderer = "cairo"
    config.dry_run = True
    config.progress_bar = "none"
    config.verbosity = "ERROR"
    config.disable_caching = True
    config.notify_outdated_version = False
    config.pixel_width, config.pixel_height = job["width"], job["height"]
    config.frame_rate = job["fps"]
    short = 8.0
    ratio = job["width"] / job["height"]
    config.frame_width, config.frame_height = (short, short / ratio) if ratio < 1 else (short * ratio, short)
    colors = {name: ManimColor(job["colors"].get(name, color)) for name, color in COLORS.items()}
    config.background_color = colors["GROUND"]
    DecimalNumber.set_default(mob_class=Text)
    Integer.set_default(mob_class=Text)
    NumberLine.set_default(label_constructor=Text)
    Text.set_default(color=colors["PLAIN"], font="Noto Sans")
    MathTypst.set_default(color=colors["PLAIN"])
    return {**vars(manim), **colors, "Section": Section, "np": numpy}


def line_of(error):
    """The last line of the program that an error came by, or in which its scene was over."""
    for met in [error, error.__context__]:
        frames = [frame for frame in traceback.extract_tb(met.__traceback__) if frame.filename == NAME] if met else []
        if frames:
            return frames[-1].lineno
    return getattr(error, "lineno", None)


def sentence_of(error):
    """An error in one line, for whoever wrote the program."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, MemoryError):
        text = "it needs too much memory; draw fewer and smaller things"
    elif isinstance(error, OSError) and is_tex(error):
        text = f"TeX is not there; {INSTEAD_OF_TEX}"
    elif isinstance(error, RecursionError):
        text = "it calls itself for ever"
    elif isinstance(error, SyntaxError):
        text = f"not Python: {error.msg}"
    elif not isinstance(error, Wrong):
        text = f"{type(error).__name__}: {text}"
    line = line_of(error)
    return f"line {line}: {text}" if line else text


def is_tex(error):
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.filename.endswith("tex_file_writing.py") for frame in frames)


def look(code):
    """Says early and clearly what would fail later anyway. It protects from nothing: the walls do."""
    for node in ast.walk(ast.parse(code, NAME)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or "."]
        for module in modules:
            if module.split(".")[0] not in IMPORTS:
                raise At(node, f"{module} cannot be imported; everything of Manim is there already, and numpy as np")
        name = getattr(node, "id", None) if isinstance(node, ast.Name) else getattr(node, "attr", None)
        if name in TEX:
            raise At(node, f"{name} takes TeX, which is not there; {INSTEAD_OF_TEX}")
        if name in BANNED:
            raise At(node, f"{name} cannot be used: a program only draws")
        if name and name.startswith("__") and name != "__init__":
            raise At(node, f"{name} cannot be used: names like it are Python's own")


def run(job):
    """Runs one program to its end. Says what is wrong with it, or nothing."""
    try:
        if not job["paints"]:
            look(job["code"])
        names = prepare(job)
        exec(compile(job["code"], NAME, "exec"), names)
        made = [value for value in names.values() if isinstance(value, type) and issubclass(value, Section) and value is not Section]
        if not made:
            raise Wrong("there is no class that builds on Section; write `class Film(Section)` with a method `construct`")
        Section.job = job
        scene = made[-1]()
        try:
            scene.setup()
            scene.construct()
            scene.keep_within()
            if not scene.renderer.num_plays and not scene.mobjects:
                raise Wrong("nothing is shown; add or play something in `construct`")
            scene.renderer.skip_animations = False
            scene.renderer.hold(scene, job["frames"])
        except Over:
            scene.keep_within()
    except (Exception, SystemExit, KeyboardInterrupt, Over) as error:
        return sentence_of(error)
    return None


def confine(filters):
    """From here on no process is begun: the second, tighter list of system calls."""
    if not filters:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    program = bytes.fromhex(filters)

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(program) // 8, program)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the second filter was refused")


def perform(job, errors, filters):
    """In a process of its own: gives up what leads out, and runs a program."""
    os.dup2(errors, 2)
    os.dup2(1, PIXELS)
    os.dup2(2, 1)
    os.closerange(PIXELS + 1, 256)
    os.close(0)
    # It is one pipe for all programs: an earlier one may have left it otherwise.
    os.set_blocking(PIXELS, True)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 1))
    if job["most_tasks"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (job["most_tasks"], job["most_tasks"]))
    confine(filters)
    wrong = run(job)
    if wrong:
        print(f"\n{wrong}", file=sys.stderr, flush=True)
    os._exit(3 if wrong else 0)


def last_words(errors):
    """What a program said last. Who says too much is not listened to any more, and cannot go on."""
    said, heard = b"", 0
    while part := os.read(errors, 1 << 16):
        said, heard = (said + part)[-2000:], heard + len(part)
        if heard > MOST_SAID:
            return "it says too much"
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main():
    filters = sys.argv[1] if len(sys.argv) > 1 else ""
    print("ready", file=sys.stderr, flush=True)
    for line in iter(sys.stdin.buffer.readline, b""):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                perform(json.loads(line), theirs, filters)
            finally:
                os._exit(4)
        os.close(theirs)
        said = last_words(ours)
        os.close(ours)
        _, status = os.waitpid(child, 0)
        died = os.WIFSIGNALED(status)
        ended = {"signal": os.WTERMSIG(status) if died else None, "code": None if died else os.WEXITSTATUS(status), "said": said}
        print(json.dumps(ended), file=sys.stderr, flush=True)


main()
