class Film(Section):
    def construct(self):
        area = self.area
        title = Text("Up: evaporation", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # The sun over the sea, land at the right.
        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        left, low, depth = room.get_left()[0], room.get_bottom()[1], 2.5 if tall else 1.3
        shore = left + room.width * 0.66
        rays = [Line(RIGHT * 0.68, RIGHT * 0.95, color=SECOND, stroke_width=7).rotate(i * PI / 4, about_point=ORIGIN) for i in range(8)]
        sun = VGroup(Circle(0.5, color=SECOND, fill_opacity=1), *rays)
        sun.move_to(room.get_corner(UL) + RIGHT * 1.15 + DOWN * (1.2 if tall else 1))
        self.play(GrowFromCenter(sun), run_time=0.5)
        self.at("it all")
        self.play(Rotate(sun, PI / 4), run_time=0.8)
        self.at("Its heat")
        top = [[x, low + depth + 0.1 * np.sin(3 * x), 0] for x in np.linspace(left, shore, 24)]
        sea = Polygon(*top, [shore, low, 0], [left, low, 0], color=ACCENT).set_fill(interpolate_color(GROUND, ACCENT, 0.4), 1)
        sea_name = Text("sea", font_size=32).move_to([left + 0.8, low + 0.4, 0])
        starts = [sun.get_center() + RIGHT * x + DOWN * 1.1 for x in (-0.4, 0.4)]
        ends = [[sun.get_x() + 1.6 * x + 0.2, low + depth + 0.3, 0] for x in (-0.4, 0.4)]
        heat = [Arrow(start, end, buff=0, color=SECOND, stroke_width=6) for start, end in zip(starts, ends)]
        self.play(FadeIn(sea), FadeIn(sea_name), *[GrowArrow(arrow) for arrow in heat], run_time=0.8)

        def water(x, y):
            return Dot([x, y, 0], radius=0.11, color=PLAIN)

        rng = np.random.default_rng(4)
        columns = np.linspace(left + 2.2, shore - 0.3, 9)
        drops = VGroup(*[water(x, low + depth - 0.3 - 0.5 * (i % 2)) for i, x in enumerate(columns)])
        self.at("the water")
        self.play(FadeIn(drops), run_time=0.4)
        self.play(*[drop.animate(rate_func=wiggle).shift(RIGHT * 0.12 * (-1) ** i) for i, drop in enumerate(drops)], run_time=0.9)
        sky, thick = room.get_top()[1] - 0.9, 2 if tall else 0.8

        def rise(some, seconds):
            ends = [[drop.get_x() + rng.uniform(0.2, 0.8), sky - rng.uniform(0, thick), 0] for drop in some]
            moves = [drop.animate.move_to(end).set_fill(MUTED, 0.7) for drop, end in zip(some, ends)]
            self.play(LaggedStart(*moves, lag_ratio=0.15), run_time=seconds)

        self.at("break free")
        rise(drops[0::3], 1.4)
        self.at("vapour")
        vapour = Text("vapour", font_size=32, color=MUTED).move_to([shore - 0.3, room.get_top()[1] - 0.3, 0])
        self.play(FadeIn(vapour), run_time=0.5)
        self.at("The warmer")
        self.play(sun.animate.scale(1.15), *[arrow.animate.set_stroke(width=10) for arrow in heat], run_time=0.5)
        rise(VGroup(*drops[1::3], *drops[2::3]), 1.8)

        self.at("Plants give")
        right, high = room.get_right()[0], low + depth + 0.25
        land = Polygon([shore, low, 0], [shore, low + depth, 0], [shore + 0.5, high, 0], [right, high, 0], [right, low, 0], color=GOOD)
        land.set_fill(interpolate_color(GROUND, GOOD, 0.3), 1)
        root = np.array([(shore + right) / 2 + 0.2, high, 0])
        stem = Line(root, root + UP * 1.1, color=GOOD, stroke_width=8)
        leaves = [Ellipse(width=0.8, height=0.36, color=GOOD, fill_opacity=0.6).rotate(side * 0.5).move_to(root + [side * 0.4, y, 0])
                  for side, y in ((1, 0.6), (-1, 0.95))]
        self.play(FadeIn(land), Create(stem), *[GrowFromPoint(leaf, stem.get_center()) for leaf in leaves], run_time=0.8)
        self.at("through their")
        breath = VGroup(*[water(root[0] + x, root[1] + 1) for x in (-0.9, -0.4, 0.1)])
        self.add(breath)
        rise(breath, 1.2)
        self.at("The salt")
        grains = VGroup(*[Square(0.16, color=SECOND, fill_opacity=1).move_to([x, low + 0.3, 0]) for x in columns[1::2]])
        salt = Text("salt", font_size=32, color=SECOND).next_to(grains, UP, 0.15)
        self.play(LaggedStart(*[FadeIn(grain, shift=DOWN * 0.5) for grain in grains], lag_ratio=0.2), FadeIn(salt), run_time=0.8)
        self.at("is fresh")
        fresh = Text("fresh water", font_size=32, color=GOOD).move_to(vapour)
        self.play(ReplacementTransform(vapour, fresh), *[drop.animate.set_fill(GOOD, 1) for drop in (*drops, *breath)], run_time=0.8)
