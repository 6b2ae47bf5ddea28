class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The formula", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # Year by year, the formula under it, and at the end bars.
        tall, wide = area.height > area.width, area.width > 1.5 * area.height
        boxes = VGroup()
        for name in ("$1,000", "$1,070", "$1,145"):
            box = RoundedRectangle(0.2, width=1.75, height=0.9, color=ACCENT).set_fill(interpolate_color(GROUND, ACCENT, 0.15), 1)
            boxes.add(VGroup(box, Text(name, font_size=30).move_to(box)))
        boxes.arrange(RIGHT, buff=2.2 if wide else 0.8).move_to(area.get_top() + DOWN * (3 if tall else 2.35))
        place = area.get_bottom() + UP * (4.2 if tall else 1.3)
        self.play(FadeIn(boxes[0], shift=RIGHT * 0.3), run_time=0.5)
        self.at("is multiplied")
        self.play(boxes[0].animate(rate_func=there_and_back).scale(1.12), run_time=0.6)
        self.at("one plus")
        factor, number = [MathTypst(sign, color=GOOD, font_size=64).move_to(place) for sign in ("times (1 + r)", "times 1.07")]
        self.play(Write(factor), run_time=1)
        self.at("one point zero")
        self.play(TransformMatchingShapes(factor, number), run_time=0.8)
        tops = [box.get_top() + UP * 0.1 for box in boxes]
        hops = [CurvedArrow(a, b, angle=-0.8 if wide else -1.1, color=GOOD, tip_length=0.2) for a, b in zip(tops, tops[1:])]
        times = [MathTypst("times 1.07", color=GOOD, font_size=40).next_to(hop, UP, 0.12) for hop in hops]
        for i, words in enumerate(("One year", "two years")):
            self.at(words)
            self.play(Create(hops[i]), TransformFromCopy(number, times[i]), FadeIn(boxes[i + 1], shift=RIGHT * 0.5), run_time=0.9)

        self.at("So after")
        steps = MathTypst("1000 {{times 1.07}} {{times 1.07}} times dots.c", color=PLAIN, font_size=48).move_to(place)
        VGroup(steps.select(0), steps.select(1)).set_color(GOOD)
        self.play(ReplacementTransform(number, steps), run_time=0.8)
        self.at("amount A")
        rule = MathTypst("{{A}} = {{P}} (1 + r)^{{t}}", color=PLAIN, font_size=80 if tall or wide else 52).move_to(place)
        rule.select(0).set_color(ACCENT)
        rule.select(1).set_color(SECOND)
        self.play(ReplacementTransform(steps, rule), run_time=0.8)
        self.at("start P")
        self.play(Indicate(rule.select(1), color=SECOND, scale_factor=1.5), boxes[0][0].animate.set_stroke(SECOND, 7), run_time=0.6)
        self.at("to the power")
        exponent = rule.select(2)
        self.play(exponent.animate.set_color(GOOD), Flash(exponent, color=GOOD, flash_radius=0.4, line_length=0.15), run_time=0.7)
        self.at("Time stands")
        time = Text("time", font_size=30, color=GOOD).next_to(exponent, RIGHT, 0.25)
        self.play(Write(time), run_time=0.5)

        self.at("That is")
        first, years = 0.17 if tall else 0.11, range(0, 41, 2 if tall or wide else 5)
        growth = VGroup(*[Rectangle(width=0.22, height=first * 1.07 ** t, stroke_width=0).set_fill(GOOD, 0.8) for t in years])
        growth.arrange(RIGHT, buff=0.1, aligned_edge=DOWN)
        growth.move_to(area.get_bottom() if tall else area.get_corner(DR), DOWN if tall else DR)
        if not tall:
            self.play(VGroup(rule, time).animate.align_to(area, LEFT), run_time=0.4)
        self.play(LaggedStart(*[GrowFromEdge(bar, DOWN) for bar in growth], lag_ratio=0.08), run_time=1.5)
