class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The same water, again and again", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        size = 4.2 if tall else 2.9

        def place(x, y):
            """Where a point of a picture is that is ten wide and high."""
            return room.get_center() + size * np.array([x / 10 - 0.5, y / 10 - 0.5, 0])

        def shape(color, points):
            outline = VMobject(color=color, stroke_width=6).set_fill(interpolate_color(GROUND, color, 0.4), 1)
            return outline.set_points_smoothly([place(*point) for point in (*points, points[0])])

        def drop(height):
            outline = ((5, 6.2), (7, 2), (8, -1), (7, -3.2), (5, -4), (3, -3.2), (2, -1), (3, 2))
            return shape(ACCENT, outline).scale_to_fit_height(height)

        places = ((2, 7.5), (5, 8.2), (8, 7.2), (3.2, 4.5), (6.6, 4.8), (5, 2))
        rain = VGroup(*[drop(0.16 * size).move_to(place(*point)) for point in places])
        sea = shape(ACCENT, ((0, 5), (1.2, 6), (2.5, 5), (3.8, 6), (5, 5), (6.2, 6), (7.5, 5), (8.8, 6), (10, 5),
                             (10, 3), (9, 2.2), (5, 2), (1, 2.2), (0, 3)))
        river = shape(ACCENT, ((4.2, 10), (5.5, 8), (4, 6.2), (5, 4.5), (3, 2.5), (2, 0),
                               (6.2, 0), (6.2, 2.5), (7.2, 4.5), (5.5, 6.2), (6.6, 8), (5, 10)))
        beast = shape(SECOND, ((0, 3.6), (1.4, 4.2), (3, 5.6), (4.6, 6.2), (6, 5.8), (6.8, 6.6), (7.4, 8.4), (8.3, 9.2), (9.4, 8.8),
                               (9.7, 8.1), (8.4, 7.8), (8, 6.2), (7.3, 4.3), (6.7, 3.3), (6.7, 1), (5.7, 1), (5.5, 2.8), (4.2, 2.8),
                               (4, 1), (3, 1), (2.9, 3), (2, 3.7), (1, 3.6)))
        beast = VGroup(beast, Dot(place(8.5, 8.7), radius=0.018 * size, color=PLAIN))
        whole = drop(1.3).move_to(room)
        self.play(LaggedStart(*[FadeIn(one, shift=DOWN * 0.8) for one in rain], lag_ratio=0.12), run_time=1)
        name = Text("rain", font_size=36).move_to(room.get_bottom(), DOWN)
        self.play(FadeIn(name), run_time=0.3)
        now = rain
        for words, thing, word in (("been in", sea, "sea"), ("in rivers", river, "river"), ("dinosaur", beast, "dinosaur"),
                                   ("no new water", whole, "the same water")):
            self.at(words)
            new = Text(word, font_size=36).move_to(name)
            self.play(ReplacementTransform(now, thing), FadeOut(name, shift=UP * 0.2), FadeIn(new, shift=UP * 0.2), run_time=0.7)
            now, name = thing, new

        # The way of the drop: four stations on an ellipse.
        self.at("same drops")
        width, height = min(room.width - 2.3, 8), room.height - (2.2 if tall else 1.1)
        stations = [room.get_center() + np.array([x * width / 2, y * height / 2, 0]) for x, y in ((-1, 0), (0, 1), (1, 0), (0, -1))]
        ring = Ellipse(width=width, height=height, color=MUTED, stroke_width=5).move_to(room)
        chips = VGroup()
        for word, station, color in zip(("rise", "cloud", "fall", "gather"), stations, (SECOND, PLAIN, ACCENT, GOOD)):
            box = RoundedRectangle(0.25, width=2.2, height=0.85, color=color).set_fill(interpolate_color(GROUND, color, 0.15), 1)
            chips.add(VGroup(box, Text(word, font_size=34, color=color)).move_to(station).set_z_index(1))
        self.play(FadeOut(name), whole.animate.scale(0.5), Create(ring), run_time=0.8)
        self.at("travel round")
        way = Ellipse(width=width, height=height).move_to(room).rotate(PI).flip(RIGHT)
        self.play(whole.animate.move_to(stations[0]), run_time=0.3)
        self.play(MoveAlongPath(whole, way), run_time=0.9, rate_func=linear)
        for i, (chip, words) in enumerate(zip(chips, ("They rise", "form clouds", "fall", "gather"))):
            self.at(words)
            arc = way.copy().pointwise_become_partial(way, max(0, i / 4 - 0.25), i / 4)
            moves = [MoveAlongPath(whole, arc)] if i else []
            self.play(GrowFromCenter(chip), *moves, run_time=0.5)
        self.at("water cycle")
        self.play(*[chip.animate(rate_func=there_and_back).scale(1.15) for chip in chips], ring.animate.set_color(ACCENT), run_time=0.8)
        self.at("fresh water")
        ground = room.get_center() + DOWN * 0.7
        stem = Line(ground, ground + UP * 1.2, color=GOOD, stroke_width=8)
        leaves = [Ellipse(width=0.9, height=0.4, color=GOOD, fill_opacity=0.6).rotate(side * 0.5).move_to(ground + [side * 0.42, y, 0])
                  for side, y in ((1, 0.75), (-1, 1.15))]
        self.play(MoveAlongPath(whole, way, rate_func=lambda t: 0.88 * t), Create(stem), run_time=1.2)
        self.play(*[GrowFromPoint(leaf, stem.get_center()) for leaf in leaves], run_time=0.6)
