class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The question: who is to blame?", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.5)

        # The network flows along the longer side.
        tall = area.height > area.width
        flow, side = (DOWN, RIGHT) if tall else (RIGHT, DOWN)
        room = Rectangle(width=area.width, height=area.height - 2).move_to(area.get_bottom() + UP, DOWN)
        start = room.get_edge_center(-flow)
        step, gap = ((room.height if tall else room.width) - 3.3) / 3, 1.35 if tall else 0.9
        layers = []
        for i, n in enumerate((3, 4, 4, 2)):
            nodes = [Circle(0.32 if tall else 0.27, color=ACCENT, fill_color=GROUND, fill_opacity=1) for _ in range(n)]
            middle = start + flow * (2.1 + i * step)
            layers.append(VGroup(*[node.move_to(middle + side * (j - (n - 1) / 2) * gap) for j, node in enumerate(nodes)]))
        wires = [VGroup(*[Line(a.get_center(), b.get_center(), color=MUTED, stroke_width=2) for a in one for b in two]).set_z_index(-1)
                 for one, two in zip(layers, layers[1:])]
        cat, dog = [Text(name, font_size=30).next_to(node, flow, 0.2) for name, node in zip(("cat", "dog"), layers[3])]
        if tall:  # Onto one line: a g reaches below it.
            dog.shift(UP * (cat[0].get_bottom() - dog[0].get_bottom()))
        self.play(LaggedStart(*[FadeIn(layer) for layer in layers], lag_ratio=0.3), run_time=0.8)
        self.play(*[FadeIn(wire) for wire in wires], run_time=0.5)
        self.at("bad guesser")
        self.play(Write(cat), Write(dog), run_time=0.6)

        self.at("photo of")
        face = Circle(0.42, color=SECOND, fill_opacity=0.3)
        ears = [Polygon([-0.4, 0.1, 0], [-0.1, 0.4, 0], [-0.38, 0.62, 0], color=SECOND, fill_opacity=0.3) for _ in range(2)]
        ears[1].flip(about_point=ORIGIN)
        looks = [Dot(x, 0.06, color=PLAIN) for x in (LEFT * 0.16, RIGHT * 0.16)] + [Dot(DOWN * 0.12, 0.04, color=BAD)]
        hairs = [Line([x * 0.14, -0.14, 0], [x * 0.52, -0.14 + y, 0], color=PLAIN, stroke_width=2) for x in (-1, 1) for y in (0.08, -0.08)]
        photo = VGroup(RoundedRectangle(0.15, width=1.5, height=1.5, color=MUTED), VGroup(*ears, face, *looks, *hairs).center())
        photo.move_to(start, -flow)
        self.play(FadeIn(photo, shift=flow * 0.3), run_time=0.7)

        def light(layer, color):
            return [node.animate.set_fill(interpolate_color(GROUND, color, (0.65, 0.25, 1)[i % 3])) for i, node in enumerate(layer)]

        self.at("sends")
        rays = VGroup(*[Line(photo.get_edge_center(flow), node.get_center()) for node in layers[0]])
        for words, lines, layer in zip(("numbers", "its layers", "and says"), wires, layers):
            self.play(*light(layer, ACCENT), *[ShowPassingFlash(ray.set_stroke(ACCENT, 5), time_width=0.8) for ray in rays], run_time=0.4)
            self.at(words)
            rays = lines.copy()
        self.play(*[ShowPassingFlash(ray.set_stroke(ACCENT, 5), time_width=0.8) for ray in rays], run_time=0.4)
        self.at("dog")
        is_cat, is_dog = layers[3]
        self.play(is_dog.animate.set_fill(BAD).set_stroke(BAD), dog.animate.set_color(BAD).scale(1.4, about_edge=-flow), run_time=0.5)

        self.at("its weights")
        for lines, n in ((wires[0], 4), (wires[1], 9), (wires[2], 2)):
            self.play(lines[n].animate(rate_func=there_and_back).set_stroke(BAD, 9), run_time=0.45)
        self.at("which weight")
        question = Text("Which weight?", color=SECOND, font_size=40).move_to(area.get_bottom(), DOWN)
        self.play(Write(question), run_time=0.8)
        self.at("how much")
        self.play(Indicate(question, color=SECOND, scale_factor=1.15), run_time=0.7)

        self.at("answers this")
        answer = Text("Each one its share", color=GOOD, font_size=40).move_to(question)
        self.play(FadeOut(question, shift=UP * 0.3), FadeIn(answer, shift=UP * 0.3), run_time=0.7)
        # The thicker a wire, the greater its part in the mistake.
        for words, lines, layer in zip(("every weight", "at once", "so the"), reversed(wires), reversed(layers[:3])):
            self.at(words)
            shares = [wire.animate.set_stroke(SECOND, 1 + (i * 5 % 7) * 1.2) for i, wire in enumerate(lines)]
            self.play(*shares, *light(layer, SECOND), run_time=0.7)
        self.at("learns")
        self.play(is_dog.animate.set_fill(GROUND).set_stroke(MUTED), dog.animate.set_color(MUTED).scale(1 / 1.4, about_edge=-flow),
                  is_cat.animate.set_fill(GOOD).set_stroke(GOOD), cat.animate.set_color(GOOD).scale(1.4, about_edge=-flow), run_time=0.6)
