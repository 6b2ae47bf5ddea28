class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The rule of seventy-two", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        tall = area.height > area.width
        top = area.get_top() + DOWN * (2.1 if tall else 1.6)
        face = Circle(0.8, color=ACCENT).set_fill(interpolate_color(GROUND, ACCENT, 0.3), 1)
        coin = VGroup(face, Text("$", font_size=72)).move_to(area).shift(DOWN * 0.4)
        coins = VGroup(coin, coin.copy())
        self.play(GrowFromCenter(coins[0]), run_time=0.4)
        self.at("until money")
        self.play(coins[0].animate.shift(LEFT * 1.1), coins[1].animate.shift(RIGHT * 1.1), run_time=0.7)
        self.at("There is")
        rule = MathTypst('"years" approx {{72}} / {{"percent"}}', color=PLAIN, font_size=64 if tall else 56).move_to(top)
        rule.select(0).set_color(ACCENT)
        rule.select(1).set_color(SECOND)
        rest = VGroup(*[part for part in rule if part not in rule.select(0).submobjects + rule.select(1).submobjects])
        self.play(FadeOut(coins, scale=0.5), FadeIn(rest), run_time=0.6)
        self.at("seventy-two")
        self.play(FadeIn(rule.select(0), shift=DOWN * 0.3), run_time=0.5)
        self.at("in percent")
        self.play(FadeIn(rule.select(1), shift=UP * 0.3), run_time=0.5)

        # A row for each rate; a bar is as long as the money takes to double.
        room = Rectangle(width=area.width, height=area.height - (3.4 if tall else 2.4)).move_to(area.get_bottom(), DOWN)
        unit, rows = (room.width - 3.9) / 24, VGroup()
        for i, (rate, years, name, color) in enumerate(((7, 10.3, "10 years", GOOD), (3, 24, "24 years", SECOND), (24, 3, "3 years", BAD))):
            start = room.get_left() + UP * room.height * (1 - i) / 3
            percent = Text(f"{rate}%", font_size=36, color=color).move_to(start, LEFT)
            bar = Rectangle(width=unit * years, height=min(0.9, room.height / 5), color=color).move_to(start + RIGHT * 1.7, LEFT)
            bar.set_fill(interpolate_color(GROUND, color, 0.5), 1)
            rows.add(VGroup(percent, bar, Text(name, font_size=30).next_to(bar, RIGHT, 0.2)))
        for row, start, end in zip(rows, ("seven percent", "three percent", "a debt"), ("ten years", "twenty-four years", "about three")):
            self.at(start)
            self.play(FadeIn(row[0], shift=RIGHT * 0.3), run_time=0.5)
            self.at(end)
            thin = row[1].copy().stretch_to_fit_width(0.01, about_edge=LEFT)
            self.play(ReplacementTransform(thin, row[1]), FadeIn(row[2], shift=RIGHT * 0.4), run_time=0.7)
        debt = Text("debt", font_size=28, color=BAD).next_to(rows[2][0], DOWN, 0.12).align_to(rows[2][0], LEFT)
        self.play(FadeIn(debt), Circumscribe(rows[2], color=BAD, buff=0.15), run_time=0.4)
        for words, row, note in zip(("start early", "leave it", "pay expensive"), rows, ("start early", "leave it in", "pay debts first")):
            self.at(words)
            tick = VMobject(color=GOOD, stroke_width=10).set_points_as_corners([[0, 0.2, 0], [0.2, 0, 0], [0.6, 0.5, 0]])
            advice = VGroup(tick, Text(note, font_size=44, color=PLAIN)).arrange(RIGHT, buff=0.4).move_to(row[1]).align_to(room, LEFT)
            gone = VGroup(*row, debt) if row is rows[2] else row
            self.play(FadeOut(gone, shift=LEFT * 0.3), run_time=0.25)
            self.play(Create(tick), FadeIn(advice[1], shift=LEFT * 0.3), run_time=0.5)
