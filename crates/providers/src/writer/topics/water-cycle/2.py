class Film(Section):
    def construct(self):
        area, frame = self.area, self.camera.frame
        title = Text("Clouds: condensation", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        # Seen from near: vapour around a grain of dust.
        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - 1).move_to(area.get_bottom(), DOWN)
        middle, reach = room.get_center() + UP * (0 if tall else 0.35), 2.6 if tall else 1.6

        def spread(n, first, width, height):
            """Places around the middle, each as far from the others as on a sunflower."""
            steps = enumerate(np.linspace(first, 1, n) ** 0.5)
            return [middle + [width * r * np.cos(2.4 * i), height * r * np.sin(2.4 * i), 0] for i, r in steps]

        vapour = VGroup(*[Dot(place, radius=0.1, color=SECOND) for place in spread(18, 0.2, reach * (1 if tall else 1.6), reach)])
        name = Text("vapour", font_size=32, color=SECOND).move_to(room.get_bottom(), DOWN)
        self.play(LaggedStart(*[FadeIn(dot, shift=UP * 0.5) for dot in vapour], lag_ratio=0.05), FadeIn(name), run_time=0.9)
        self.at("cold air")
        cold = Text("cold air", font_size=32, color=ACCENT).move_to(name)
        self.play(vapour.animate.set_color(ACCENT), FadeOut(name, shift=UP * 0.2), FadeIn(cold, shift=UP * 0.2), run_time=0.8)
        self.at("There it")
        dust = RegularPolygon(7, radius=0.32, color=MUTED, fill_color=interpolate_color(GROUND, MUTED, 0.6), fill_opacity=1).move_to(middle)
        self.play(GrowFromCenter(dust), run_time=0.5)
        self.at("grains of")
        grain = Text("a grain of dust", font_size=32, color=MUTED).move_to(cold)
        self.play(FadeOut(cold, shift=UP * 0.2), FadeIn(grain, shift=UP * 0.2), Indicate(dust, color=MUTED), run_time=0.7)
        self.at("turns back")
        moves = [dot.animate.move_to(middle + 0.5 * normalize(dot.get_center() - middle)) for dot in vapour]
        self.play(LaggedStart(*moves, lag_ratio=0.03), run_time=1)

        # The view goes near, until it is nearly as small as the drop; what it would cut off is away for so long.
        self.at("tiny drops")
        drop = Circle(0.55, color=ACCENT, stroke_width=6).move_to(middle).set_z_index(-1)
        drop.set_fill(interpolate_color(GROUND, ACCENT, 0.4), 1)
        self.play(FadeOut(title, line, grain, vapour), frame.animate.scale(0.5, about_point=middle), FadeIn(drop, scale=0.5), run_time=0.8)
        word = Text("condensation", font_size=20, color=ACCENT).move_to(middle + DOWN * (1.1 if tall else 0.85))
        self.at("That is")
        self.play(FadeIn(word, shift=UP * 0.1), run_time=0.5)
        puffs = [(-1.5, 0, 0.8), (-0.6, 0.6, 1), (0.55, 0.75, 1.1), (1.5, 0.1, 0.85), (0, -0.1, 1)]
        cloud = Union(*[Circle(r).move_to([x, y, 0]) for x, y, r in puffs], color=PLAIN, stroke_width=5)
        cloud.set_fill(interpolate_color(GROUND, PLAIN, 0.25), 1)
        cloud.scale_to_fit_height(3.4 if tall else 3).move_to(middle).set_z_index(-2)
        places = spread(70, 0, cloud.height * 0.56, cloud.height * 0.3)
        many = VGroup(*[Dot(place + DOWN * cloud.height * 0.08, radius=0.06, color=ACCENT) for place in places])
        self.at("Billions")
        smaller = ReplacementTransform(VGroup(drop, dust), many[:1])
        self.play(FadeOut(word), frame.animate.scale(2, about_point=middle), smaller, run_time=0.9)
        self.play(FadeIn(many[1:], scale=1.5), FadeIn(title, line), run_time=0.6)
        self.at("are a")
        self.play(FadeIn(cloud, scale=0.9), run_time=0.6)

        # A cubic metre of warm air, and one of cold air; a dot is a gram of vapour.
        self.at("Why does")
        side = 2.9 if tall else 2.4
        cubes = VGroup(*[Square(side, color=color, stroke_width=5) for color in (SECOND, ACCENT)]).arrange(RIGHT, buff=0.8).move_to(room)
        signs = [Text(sign, font_size=34, color=cube.get_color()).next_to(cube, UP, 0.2) for sign, cube in zip(("30 °C", "0 °C"), cubes)]
        notes = [Text(note, font_size=34) for note in ("1 m³ of air", "30 g", "5 g")]
        for note, cube in zip(notes, (cubes[0], *cubes)):
            note.next_to(cube, DOWN, 0.2)
        self.play(FadeOut(cloud, many, scale=0.5), Create(cubes[0]), FadeIn(notes[0]), run_time=0.8)
        self.at("thirty degrees")
        self.play(FadeIn(signs[0], shift=DOWN * 0.2), run_time=0.5)

        def grams(n, cube, color):
            spots = [cube.get_corner(DL) + side * np.array([(i % 6 + 0.75) / 6.5, (i // 6 + 0.75) / 5.5, 0]) for i in range(n)]
            return VGroup(*[Dot(spot, radius=0.12 * side / 2.9, color=color) for spot in spots])

        self.at("air can")
        warm, few = grams(30, cubes[0], SECOND), grams(5, cubes[1], ACCENT)
        self.play(LaggedStart(*[FadeIn(dot, scale=0.3) for dot in warm], lag_ratio=0.05), run_time=1)
        self.at("thirty grams")
        self.play(FadeOut(notes[0], shift=UP * 0.2), FadeIn(notes[1], shift=UP * 0.2), run_time=0.5)
        self.at("At zero")
        self.play(TransformFromCopy(cubes[0], cubes[1]), FadeIn(signs[1]), run_time=0.7)
        self.at("only five")
        self.play(LaggedStart(*[TransformFromCopy(a, b) for a, b in zip(warm, few)], lag_ratio=0.1), FadeIn(notes[2]), run_time=0.9)
