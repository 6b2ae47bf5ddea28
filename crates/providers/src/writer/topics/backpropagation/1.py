class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The loss: one number for the mistake", weight=BOLD, font_size=30)
        title.scale(min(1, area.width / title.width)).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.5)

        # The formula over the picture, or at its left.
        tall, wide = area.height > area.width, area.width > 1.5 * area.height
        place = area.get_left() + RIGHT * 2.5 if wide else area.get_top() + DOWN * (1.9 if tall else 1.4)
        loss = MathTypst('"loss" = ("guess" - "truth")^2', color=PLAIN, font_size=48 if wide else 54).move_to(place)
        self.play(Write(loss), run_time=1.2)
        room = Rectangle(width=area.width - (5.9 if wide else 0), height=area.height - (3.2 if tall else 1 if wide else 2.2))
        room.move_to(area.get_corner(DR), DR)
        self.at("the loss")
        self.play(Indicate(loss, color=SECOND), run_time=0.7)

        self.at("says ninety")
        bars, y = VGroup(), 1.1 if tall else 0.7
        for name, part, color in (("dog", 0.9, BAD), ("cat", 0.1, GOOD)):
            bar = Rectangle(width=(room.width - 2.8) * part, height=1.2 if tall else 0.8, color=color, fill_opacity=0.6)
            bars.add(VGroup(Text(name, font_size=36), bar, Text(f"{part:.0%}", font_size=36, color=color)))
        for row, y in zip(bars, (y, -y)):
            row[1].move_to(room.get_left() + RIGHT * 1.2 + UP * y, LEFT)
            row[0].next_to(row[1], LEFT, 0.3)
            row[2].next_to(row[1], RIGHT, 0.3)
        for row, words in zip(bars, ("ten percent", "truth is")):
            thin = row[1].copy().stretch_to_fit_width(0.01, about_edge=LEFT)
            self.play(FadeIn(row[0]), ReplacementTransform(thin, row[1]), FadeIn(row[2], shift=RIGHT * 0.5), run_time=0.7)
            self.at(words)
        truth = Text("the truth", font_size=30, color=GOOD).next_to(bars[1][2], RIGHT, 0.4)
        self.play(Circumscribe(bars[1], color=GOOD), FadeIn(truth, shift=LEFT * 0.3), run_time=0.8)
        self.at("so the loss")
        number = MathTypst('"loss" = (0.1 - 1)^2 = {{0.81}}', color=PLAIN, font_size=48 if wide else 54).move_to(place)
        number.select(0).set_color(BAD)
        self.play(FadeOut(loss, shift=UP * 0.3), FadeIn(number, shift=UP * 0.3), run_time=0.8)

        def height(x):
            return (x - 3) ** 2 + 0.8

        self.at("Turn one")
        axes = Axes(x_range=[0, 6], y_range=[0, 10], x_length=room.width, y_length=room.height - 1.2, tips=False,
                    axis_config={"color": MUTED, "include_ticks": False}).move_to(room.get_bottom() + UP * 0.6, DOWN)
        names = VGroup(Text("one weight", font_size=30, color=MUTED).next_to(axes.x_axis, DOWN, 0.2),
                       Text("loss", font_size=30, color=MUTED).next_to(axes.y_axis, UP, 0.15).align_to(axes, LEFT))
        valley = axes.plot(height, x_range=[0.1, 5.9], color=ACCENT, stroke_width=7)
        dot = Dot(valley.get_start(), radius=0.16, color=SECOND)
        self.play(FadeOut(bars, truth, scale=0.8), FadeIn(axes, names), run_time=0.6)
        dot.set_z_index(1).add_updater(lambda d: d.move_to(valley.get_end()))
        self.add(dot)
        self.play(Create(valley), run_time=2.4, rate_func=smooth)
        where = ValueTracker(5.9)

        def touch(line):
            x = where.get_value()
            a, b = axes.c2p(x, height(x)), axes.c2p(x + 0.1, height(x) + 0.2 * (x - 3))
            along = normalize(b - a)
            return line.put_start_and_end_on(a - along * 1.1, a + along * 1.1)

        self.at("valley")
        dot.clear_updaters().add_updater(lambda d: d.move_to(axes.c2p(where.get_value(), height(where.get_value()))))
        self.play(where.animate.set_value(4.8), run_time=0.8)
        self.at("steepness")
        tangent = touch(Line(color=SECOND, stroke_width=6))
        self.play(Create(tangent), run_time=0.6)
        self.at("gradient")
        gradient = MathTypst('"gradient" = {{(partial L)/(partial w)}}', color=PLAIN, font_size=48 if wide else 54).move_to(place)
        gradient.select(0).set_color(SECOND)
        self.play(FadeOut(number, shift=UP * 0.3), FadeIn(gradient, shift=UP * 0.3), run_time=0.7)
        self.at("uphill")
        here, along = dot.get_center(), tangent.get_unit_vector()
        up = Arrow(here, here + along * 1.5, buff=0, color=BAD, stroke_width=10)
        self.play(GrowArrow(up), run_time=0.6)
        self.at("the other way")
        down = Arrow(here, here - along * 1.5, buff=0, color=GOOD, stroke_width=10)
        self.play(ReplacementTransform(up, down), dot.animate.set_color(GOOD), run_time=0.5)
        tangent.add_updater(touch)
        self.play(where.animate.set_value(3), FadeOut(down), run_time=1.1)
