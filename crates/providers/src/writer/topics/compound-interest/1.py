class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The straight line and the curve", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # The names of the ways over the axes, or at their left.
        tall, wide = area.height > area.width, area.width > 1.5 * area.height

        def chips(names):
            boxes = VGroup()
            for name, color in zip(names, (SECOND, ACCENT)):
                box = RoundedRectangle(0.2, width=3, height=0.85, color=color).set_fill(interpolate_color(GROUND, color, 0.12), 1)
                boxes.add(VGroup(box, Text(name, font_size=32, color=color).move_to(box)))
            if wide:
                return boxes.arrange(DOWN, buff=0.5).move_to(area.get_left(), LEFT)
            return boxes.arrange(RIGHT, buff=0.5).move_to(area.get_top() + DOWN * (1.6 if tall else 1.4))

        ways = chips(("simple", "compound"))
        self.play(LaggedStart(*[FadeIn(way, shift=UP * 0.3) for way in ways], lag_ratio=0.6), run_time=1)
        self.at("over forty")
        room = Rectangle(width=area.width - (3.4 if wide else 0), height=area.height - (2.5 if tall else 0.9 if wide else 2))
        room.move_to(area.get_corner(DR), DR)
        axes = Axes(x_range=[0, 40, 10], y_range=[0, 16000, 5000], x_length=room.width - 1.5, y_length=room.height - 0.9, tips=False,
                    axis_config={"color": MUTED}).move_to(room.get_corner(DR) + UL * np.array([0.35, 0.55, 0]), DR)
        years = [Text(f"{x} y", font_size=26, color=MUTED).next_to(axes.c2p(x, 0), DOWN, 0.2) for x in (10, 20, 30, 40)]
        dollars = [Text(f"${y}k", font_size=26, color=MUTED).next_to(axes.c2p(0, y * 1000), LEFT, 0.2) for y in (5, 10, 15)]
        self.play(Create(axes), FadeIn(*years, *dollars), run_time=0.8)

        self.at("simple interest")
        straight = axes.plot(lambda t: 1000 + 70 * t, color=SECOND, stroke_width=7)
        bent = axes.plot(lambda t: 1000 * 1.07 ** t, color=ACCENT, stroke_width=7)
        dots = [Dot(curve.get_start(), radius=0.13, color=color).set_z_index(1) for curve, color in ((straight, SECOND), (bent, ACCENT))]
        self.play(Circumscribe(ways[0], color=SECOND, buff=0.08), FadeIn(dots[0]), run_time=0.6)
        self.at("take the seventy")
        dots[0].add_updater(lambda d: d.move_to(straight.get_end()))
        self.play(Create(straight), run_time=2.2)
        self.at("compound interest")
        self.play(Circumscribe(ways[1], color=ACCENT, buff=0.08), FadeIn(dots[1]), run_time=0.6)
        self.at("leave them")
        dots[1].add_updater(lambda d: d.move_to(bent.get_end()))
        self.play(Create(bent), run_time=2.4)

        self.at("ten years")
        corners = [axes.c2p(*corner) for corner in ((0, 0), (10, 0), (10, 3400), (0, 3400))]
        early = Polygon(*corners, color=GOOD, stroke_width=3, fill_opacity=0.15)
        self.play(FadeIn(early), run_time=0.5)
        self.at("After forty")
        fall = DashedLine(axes.c2p(40, 0), axes.c2p(40, 14974), color=MUTED, dash_length=0.15)
        self.play(FadeOut(early), Create(fall), run_time=0.6)
        amounts = chips(("$3,800", "$14,974"))
        for i, (words, color) in enumerate((("three thousand", SECOND), ("almost fifteen", ACCENT))):
            self.at(words)
            self.play(ReplacementTransform(ways[i], amounts[i]), Flash(dots[i], color=color, flash_radius=0.35), run_time=0.8)
        self.play(Indicate(amounts[1][1], color=ACCENT), run_time=0.6)
