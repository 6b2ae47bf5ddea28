class Film(Section):
    def construct(self):
        area = self.area
        title = Text("One small step, many times", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # The rule, what a round does, and the curve: in one column, or the curve at the right.
        tall, wide = area.height > area.width, area.width > 1.5 * area.height
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        left = Rectangle(width=6.2 if wide else room.width, height=room.height).move_to(room, LEFT)
        size, top = (58, left.get_top() + DOWN * 0.8) if tall or wide else (44, left.get_top() + DOWN * 0.3)
        step = MathTypst("w arrow.l w - {{(partial L)/(partial w)}}", color=PLAIN, font_size=size).move_to(top)
        paced = MathTypst("w arrow.l w - {{eta}} dot {{(partial L)/(partial w)}}", color=PLAIN, font_size=size).move_to(top)
        VGroup(step.select(0), paced.select(1)).set_color(SECOND)
        paced.select(0).set_color(GOOD)
        self.play(Write(step), run_time=0.8)

        def graph(name, height):
            axes = Axes(x_range=[0, 5], y_range=[0, 1], x_length=room.width - (6.8 if wide else 0.4), y_length=height - 0.9,
                        tips=False, axis_config={"color": MUTED, "include_ticks": False}).move_to(room.get_corner(DR) + UP * 0.5, DR)
            below, above = [Text(text, font_size=28, color=MUTED) for text in (name, "loss")]
            return axes, below.next_to(axes, DOWN, 0.15), above.next_to(axes, UP, 0.1).align_to(axes, LEFT)

        def height(x):
            return 0.16 * (x - 2.6) ** 2 + 0.05

        self.at("each weight")
        hill = axes, *_ = graph("one weight", room.height if wide else 5.8 if tall else 3.2)
        valley = axes.plot(height, x_range=[0.2, 5], color=ACCENT, stroke_width=7)
        dot = Dot(axes.c2p(0.4, height(0.4)), radius=0.16, color=SECOND).set_z_index(1)
        self.play(FadeIn(*hill), Create(valley), FadeIn(dot), run_time=0.7)
        self.at("small step")
        for x in (0.7, 1.0, 1.3):
            self.play(dot.animate.move_to(axes.c2p(x, height(x))), run_time=0.35)
        self.at("How small")
        stride = Line(axes.c2p(1.3, height(1.3)), axes.c2p(1.9, height(1.9)))
        brace = Brace(stride, UP, color=GOOD)
        self.play(FadeIn(brace), dot.animate.move_to(stride.get_end()), run_time=0.6)
        self.at("learning rate")
        rate = Text("learning rate", font_size=28, color=GOOD).next_to(paced, DOWN, 0.2)
        self.play(TransformMatchingShapes(step, paced), ReplacementTransform(brace, rate), run_time=0.8)

        self.at("next example")
        round_of_loss = axes, *_ = graph("rounds", room.height if wide else 3.6 if tall else 1.9)
        chips = VGroup(*[RoundedRectangle(0.2, width=1.85, height=0.7, color=color) for color in (ACCENT, SECOND, GOOD)])
        for chip in chips:
            chip.set_fill(interpolate_color(GROUND, chip.get_color(), 0.15), 1)
        low = left.get_bottom() if wide else round_of_loss[2].get_top()
        chips.arrange(RIGHT, buff=0.32).move_to((rate.get_bottom() + low) / 2 + UP * 0.15).set_x(left.get_x())

        def names(*words):
            texts = [Text(word, font_size=26).move_to(chip) for word, chip in zip(words, chips)]
            for text in texts:  # Onto one line, whatever letters reach below it.
                text.shift(UP * (chips.get_y() - 0.13 - text[0].get_bottom()[1]))
            return texts

        does, says = names("forward", "back", "step"), names("measure", "send", "nudge")
        loop = CurvedArrow(chips[2].get_bottom(), chips[0].get_bottom(), angle=-0.4, color=MUTED, tip_length=0.2)
        self.play(FadeOut(*hill, valley, dot), run_time=0.4)
        for i, words in enumerate(("forward", "back", "step")):
            self.at(words)
            self.play(FadeIn(chips[i], does[i], shift=RIGHT * 0.3), run_time=0.35)
        self.at("again")
        self.play(Create(loop), run_time=0.5)

        self.at("thousands")
        curve = axes.plot(lambda x: 0.88 * np.exp(-1.1 * x) + 0.06 + 0.03 * np.sin(9 * x) * np.exp(-x), color=ACCENT, stroke_width=7)
        dot.move_to(curve.get_start()).add_updater(lambda d: d.move_to(curve.get_end()))
        self.play(FadeIn(*round_of_loss), run_time=0.3)
        self.add(dot)
        self.play(Create(curve), run_time=1.6)
        self.at("become small")
        self.play(dot.animate.set_color(GOOD).scale(1.3), Flash(dot, color=GOOD, flash_radius=0.35), run_time=0.6)
        for i, words in enumerate(("measure", "send it", "nudge")):
            self.at(words)
            self.play(FadeOut(does[i], shift=UP * 0.15), FadeIn(says[i], shift=UP * 0.15),
                      chips[i].animate(rate_func=there_and_back).scale(1.15).set_stroke(width=10), run_time=0.6)
        self.at("little")
        self.play(Circumscribe(paced, color=GOOD, buff=0.15), run_time=0.8)
