class Film(Section):
    def construct(self):
        area = self.area
        title = Text("Interest on interest", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # The coins, and the sum: over them, or at their right.
        tall, wide = area.height > area.width, area.width > 1.5 * area.height
        big, row = (1.75, 1.3) if tall else (1.7, 1.05) if wide else (1.25, 0.75)
        x, y = (-4.3, -1, 1.3) if wide else (big - 3.4, 1.15 if tall else 0.75, 2.75), area.get_bottom()[1] + (4.2 if tall else 2.2)
        sum_at = np.array([4.4, y, 0]) if wide else area.get_top() + DOWN * (2 if tall else 1.35)

        def coin(dollars, name, color, place):
            """A circle whose surface is the money's."""
            circle = Circle(big * np.sqrt(dollars / 1000), color=color, stroke_width=5).move_to(place)
            circle.set_fill(interpolate_color(GROUND, color, 0.35), 1)
            return VGroup(circle, Text(name, font_size=32, color=color).next_to(circle, DOWN, 0.15))

        def earn(a, b):
            along = normalize(b[0].get_center() - a[0].get_center())
            ends = a[0].get_center() + along * (a[0].width / 2 + 0.1), b[0].get_center() - along * (b[0].width / 2 + 0.1)
            style = {"max_stroke_width_to_length_ratio": 12, "max_tip_length_to_length_ratio": 0.5}
            return Arrow(*ends, buff=0, color=MUTED, stroke_width=6, **style)

        start = coin(1000, "$1,000", ACCENT, [x[0], y, 0])
        start[1].set_color(PLAIN).move_to(start[0]).shift(UP * 0.2)
        rate = Text("7% a year", font_size=26, color=GOOD).next_to(start[1], DOWN, 0.2)
        first, second = coin(70, "$70", GOOD, [x[1], y + row * 0.8, 0]), coin(70, "$70", GOOD, [x[1], y - row, 0])
        extra = coin(4.9, "$4.90", SECOND, [x[2], y + row * 0.8, 0])

        def total(year):
            when = Text(f"year {year}", font_size=32, color=MUTED)
            much = Text(f"${1000 * 1.07 ** year:,.2f}", font_size=52 if tall or wide else 40)
            return VGroup(when, much).arrange(DOWN if tall or wide else RIGHT, buff=0.3).move_to(sum_at)

        sums = [total(year) for year in range(11)]

        def turn(year):
            self.play(FadeOut(sums[year - 1], shift=UP * 0.3), FadeIn(sums[year], shift=UP * 0.3), run_time=0.5)

        self.play(GrowFromCenter(start), FadeIn(sums[0]), run_time=0.8)
        self.at("seven percent")
        self.play(Write(rate), run_time=0.7)
        self.at("seventy dollars")
        ways = [earn(start, first), earn(start, second), earn(first, extra)]
        self.play(GrowArrow(ways[0]), GrowFromPoint(first, ways[0].get_start()), run_time=0.8)
        self.at("on top")
        turn(1)
        self.at("leave everything")
        self.play(FadeOut(ways[0]), Circumscribe(VGroup(start, first), color=GOOD, buff=0.12), run_time=1.2)
        self.at("second year")
        self.play(GrowArrow(ways[1]), GrowFromPoint(second, ways[1].get_start()), run_time=0.8)
        self.at("seventy dollars earn")
        self.play(first.animate(rate_func=there_and_back).scale(1.3), run_time=0.6)
        self.play(GrowArrow(ways[2]), run_time=0.5)
        self.at("four dollars")
        self.play(GrowFromPoint(extra, ways[2].get_start()), run_time=0.8)
        self.play(Flash(extra[0], color=SECOND, flash_radius=0.3, line_length=0.2), run_time=0.5)
        turn(2)

        self.at("compound interest")
        name = Text("interest on interest", font_size=32 if wide else 36, color=SECOND)
        name.move_to(sum_at + DOWN * 1.6 if wide else area.get_bottom(), ORIGIN if wide else DOWN)
        self.play(extra.animate(rate_func=there_and_back).scale(1.5), run_time=0.8)
        self.at("on interest")
        self.play(Write(name), run_time=0.8)
        self.at("makes patience")
        for year in range(3, 11):
            self.remove(sums[year - 1])
            self.add(sums[year])
            self.wait(0.12)
        self.play(Indicate(sums[10][1], color=GOOD), run_time=0.6)
