class Film(Section):
    def construct(self):
        area = self.area
        title = Text("Down: precipitation", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        puffs = [(-1.5, 0, 0.8), (-0.6, 0.6, 1), (0.55, 0.75, 1.1), (1.5, 0.1, 0.85), (0, -0.1, 1)]
        cloud = Union(*[Circle(r).move_to([x, y, 0]) for x, y, r in puffs], color=PLAIN, stroke_width=5)
        cloud.set_fill(interpolate_color(GROUND, PLAIN, 0.25), 1)
        cloud.scale_to_fit_height(2.6 if tall else 1.7).move_to(room.get_top(), UP)
        steps = enumerate(np.linspace(0.05, 1, 24) ** 0.5)
        places = [cloud.height * r * np.array([0.48 * np.cos(2.4 * i), 0.28 * np.sin(2.4 * i), 0]) for i, r in steps]
        small = VGroup(*[Dot(cloud.get_center() + place + DOWN * 0.06 * cloud.height, radius=0.06, color=ACCENT) for place in places])
        self.play(FadeIn(cloud, shift=DOWN * 0.2), FadeIn(small), run_time=0.6)
        self.at("bump together")
        self.play(*[dot.animate(rate_func=wiggle).shift(0.15 * RIGHT * (-1) ** i + 0.05 * UP) for i, dot in enumerate(small)], run_time=0.8)

        def tear(color, height):
            sides = [[0.2, 0.2, 0], [0.3, -0.1, 0], [0.2, -0.32, 0], [0, -0.4, 0], [-0.2, -0.32, 0], [-0.3, -0.1, 0], [-0.2, 0.2, 0]]
            outline = VMobject(color=color, stroke_width=5).set_points_smoothly([[0, 0.62, 0], *sides, [0, 0.62, 0]])
            return outline.set_fill(interpolate_color(GROUND, color, 0.5), 1).scale_to_fit_height(height)

        self.at("A million")
        big = tear(ACCENT, 0.75).move_to(cloud.get_center() + DOWN * 0.15)
        count = MathTypst('10^6 "droplets" = 1 "drop"', color=PLAIN, font_size=48).next_to(cloud, DOWN, 0.4)
        self.play(Write(count), LaggedStart(*[dot.animate.move_to(big) for dot in small], lag_ratio=0.03), run_time=1.2)
        self.at("one raindrop")
        self.play(GrowFromCenter(big), FadeOut(small), run_time=0.6)
        self.at("too heavy")
        self.play(big.animate.scale(1.3).shift(DOWN * 0.3), FadeOut(count), run_time=0.8)

        # Three ways down.
        fall = cloud.get_bottom()[1] - (1.5 if tall else 0.85)
        spread = min(2.3, area.width / 3)
        arms = [Line(ORIGIN, UP * 0.45, color=PLAIN, stroke_width=6).rotate(a, about_point=ORIGIN) for a in np.arange(6) * PI / 3]
        ball = Circle(0.38, color=SECOND, stroke_width=5).set_fill(interpolate_color(GROUND, SECOND, 0.5), 1)
        kinds = [tear(ACCENT, 0.9), VGroup(*arms), ball]
        names = []
        for i, (kind, word) in enumerate(zip(kinds, ("rain", "snow", "hail"))):
            kind.move_to([spread * (i - 1), fall, 0])
            names.append(Text(word, font_size=32).next_to(kind, DOWN))
            names[i].shift(UP * (fall - 0.95 - names[i][0].get_bottom()[1]))
            self.at(f"as {word}")
            comes = ReplacementTransform(big, kind) if i == 0 else FadeIn(kind, shift=DOWN * 1.2)
            self.play(comes, FadeIn(names[i]), run_time=0.6)
        self.at("This is")
        hops = [kind.animate(rate_func=there_and_back).shift(UP * 0.2) for kind in kinds]
        self.play(*hops, cloud.animate(rate_func=there_and_back).scale(1.06), run_time=0.5)

        self.at("Each year")
        if not tall:
            self.play(FadeOut(*kinds, *names), run_time=0.4)

        def block(share, color):
            water = Rectangle(width=(room.width - 2) * share, height=1.5 if tall else 1.3, stroke_width=0)
            return water.set_fill(interpolate_color(GROUND, color, 0.55), 1)

        water, sea, land = block(1, ACCENT), block(0.78, ACCENT), block(0.22, GOOD)
        water.move_to(room.get_corner(DR), DR)
        ruler = Brace(water, LEFT, color=PLAIN, buff=0.15)
        metre = Text("1 metre", font_size=30).next_to(ruler, LEFT, 0.15)
        self.at("a metre")
        flat = water.copy().stretch_to_fit_height(0.01, about_edge=DOWN)
        self.play(ReplacementTransform(flat, water), GrowFromCenter(ruler), FadeIn(metre), run_time=1)
        self.at("most of it")
        sea.move_to(water, LEFT)
        land.move_to(water, RIGHT)
        parts = [VGroup(*[Text(word, font_size=size) for word in words]).arrange(DOWN, buff=0.12).move_to(box)
                 for words, size, box in ((("sea", "78%"), 36, sea), (("land", "22%"), 26, land))]
        self.play(FadeIn(sea, land), FadeOut(water), FadeIn(*parts), run_time=0.7)
        self.at("into the sea")
        self.play(Indicate(parts[0], color=PLAIN, scale_factor=1.2), run_time=0.7)
