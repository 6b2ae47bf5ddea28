class Film(Section):
    def construct(self):
        area = self.area
        title = Text("Home: the long wait of a drop", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)

        # A hill: over it runs the river, into it water seeps.
        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        half, peak = room.width / 2, room.height * 0.62

        def slope(x):
            return room.get_bottom()[1] + 0.2 + peak / (1 + np.exp(1.1 * (x + half * 0.25) * 6 / room.width * 1.2))

        edge = [[x, slope(x), 0] for x in np.linspace(-half, half, 30)]
        hill = Polygon(*edge, room.get_corner(DR), room.get_corner(DL), color=GOOD, stroke_width=5)
        hill.set_fill(interpolate_color(GROUND, GOOD, 0.25), 1)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), FadeIn(hill), run_time=0.5)

        def drop():
            sides = [[0.2, 0.2, 0], [0.3, -0.1, 0], [0.2, -0.32, 0], [0, -0.4, 0], [-0.2, -0.32, 0], [-0.3, -0.1, 0], [-0.2, 0.2, 0]]
            outline = VMobject(color=ACCENT, stroke_width=5).set_points_smoothly([[0, 0.62, 0], *sides, [0, 0.62, 0]])
            return outline.set_fill(interpolate_color(GROUND, ACCENT, 0.6), 1).scale_to_fit_height(0.55)

        river = VMobject(color=ACCENT, stroke_width=12).set_points_as_corners([np.add(point, UP * 0.05) for point in edge[4:-1]])
        runs, seeps = [drop().move_to(river.get_start() + UP * 0.3) for _ in range(2)]
        self.at("some water")
        self.play(FadeIn(runs, shift=DOWN * (3 if tall else 1.2)), run_time=0.6)
        self.at("runs off")
        self.add(seeps)
        river_name = Text("river", font_size=34, color=ACCENT).move_to([half * 0.4, slope(half * 0.4) + 0.75, 0])
        ground_name = Text("ground", font_size=34, color=PLAIN).next_to([edge[4][0], room.get_bottom()[1] + 0.6, 0], RIGHT, 0.4)
        self.play(Create(river), MoveAlongPath(runs, river.copy().shift(UP * 0.3)), FadeIn(river_name), run_time=1.4)
        self.at("some seeps")
        self.play(seeps.animate.set_y(room.get_bottom()[1] + 0.6), FadeIn(ground_name), run_time=1)

        # How long it waits: a bar's length goes by powers of ten.
        self.at("How long")
        waits = (("air", "9 days", 0.95, PLAIN), ("river", "weeks", 1.7, ACCENT), ("lake", "decades", 4.1, GOOD),
                 ("sea", "3,000 years", 6.04, SECOND))
        rows, unit, gap = VGroup(), (room.width - 4.2) / 6.04, room.height / 4
        for i, (where, long, power, color) in enumerate(waits):
            start = room.get_corner(UL) + DOWN * (i + 0.5) * gap
            bar = Rectangle(width=unit * power, height=min(1, gap * 0.55), color=color).move_to(start + RIGHT * 1.4, LEFT)
            bar.set_fill(interpolate_color(GROUND, color, 0.5), 1)
            name = Text(where, font_size=34, color=color).move_to(start, LEFT)
            rows.add(VGroup(name, bar, Text(long, font_size=32).next_to(bar, RIGHT, 0.2)))
        come = LaggedStart(*[FadeIn(row[0], shift=RIGHT * 0.2) for row in rows], lag_ratio=0.2)
        self.play(FadeOut(hill, river, runs, seeps, river_name, ground_name), come, run_time=0.8)
        scale = Text("log scale", font_size=26, color=MUTED).move_to(room.get_corner(UR), UR)
        self.play(FadeIn(scale), run_time=0.3)
        for row, words in zip(rows, ("nine days", "weeks", "decades", "three thousand")):
            self.at(words)
            thin = row[1].copy().stretch_to_fit_width(0.01, about_edge=LEFT)
            self.play(ReplacementTransform(thin, row[1]), FadeIn(row[2], shift=RIGHT * 0.4), run_time=0.8)

        # Each row becomes a station of the cycle.
        self.at("the sun")
        width, height = min(room.width - 2.9, 8), room.height - (2.2 if tall else 1)
        ring = Ellipse(width=width, height=height, color=MUTED, stroke_width=5).move_to(room)
        places = [room.get_center() + np.array([x * width / 2, y * height / 2, 0]) for x, y in ((-1, 0), (0, 1), (1, 0), (0, -1))]
        chips = VGroup()
        words = "evaporation", "condensation", "precipitation", "collection"
        for word, place, color in zip(words, places, (SECOND, PLAIN, ACCENT, GOOD)):
            box = RoundedRectangle(0.25, width=2.85, height=0.85, color=color).set_fill(interpolate_color(GROUND, color, 0.15), 1)
            chips.add(VGroup(box, Text(word, font_size=28, color=color)).move_to(place).set_z_index(1))
        self.play(FadeIn(ring), FadeOut(scale), *[ReplacementTransform(row, chip) for row, chip in zip(rows, chips)], run_time=1)
        self.at("Keep this")
        way = Ellipse(width=width, height=height).move_to(room).rotate(PI).flip(RIGHT)
        traveller = drop().move_to(places[0])
        self.add(traveller)
        self.play(MoveAlongPath(traveller, way), run_time=2, rate_func=linear)
        self.at("only moves")
        # It ends where it is seen, on its way to the sun again.
        self.play(MoveAlongPath(traveller, way, rate_func=lambda t: 0.88 * t), ring.animate.set_color(ACCENT), run_time=1.2)
