class Film(Section):
    def construct(self):
        area = self.area
        title = Text("The chain rule", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.5)

        # The chain goes along the longer side, the slopes stand beside it.
        tall = area.height > area.width
        flow, side = (DOWN, RIGHT) if tall else (RIGHT, UP)
        room = Rectangle(width=area.width, height=area.height - (3 if tall else 2.5))
        room.move_to(area.get_bottom() + UP * (2 if tall else 1.5), DOWN)
        radius = 0.45
        step = ((room.height if tall else room.width) - 2 * radius - 0.2) / 3
        first = room.get_edge_center(-flow) + flow * (radius + 0.1)
        nodes, names = VGroup(), VGroup()
        for i, (name, sign) in enumerate((("weight", "w"), ("neuron", "h"), ("output", "y"), ("loss", "L"))):
            circle = Circle(radius, color=ACCENT, stroke_width=5, fill_color=GROUND, fill_opacity=1).move_to(first + flow * i * step)
            nodes.add(VGroup(circle, MathTypst(sign, color=PLAIN, font_size=52).move_to(circle)))
            names.add(Text(name, font_size=36 if tall else 30, color=MUTED).next_to(circle, -side, 0.3))
        if not tall:  # Onto one line, whatever letters reach below it.
            for name in names:
                name.shift(UP * (names[0][0].get_bottom()[1] - name[0].get_bottom()[1]))
        style = {"color": MUTED, "stroke_width": 6, "max_tip_length_to_length_ratio": 0.35, "max_stroke_width_to_length_ratio": 10}
        arrows = [Arrow(a.get_edge_center(flow), b.get_edge_center(-flow), buff=0.08, **style) for a, b in zip(nodes, nodes[1:])]
        self.play(GrowFromCenter(nodes[0]), FadeIn(names[0]), run_time=0.6)
        self.at("the loss")
        self.play(GrowFromCenter(nodes[3]), FadeIn(names[3]), run_time=0.5)
        self.at("through")
        self.play(LaggedStart(*[GrowArrow(arrow) for arrow in arrows], *[GrowFromCenter(node) for node in nodes[1:3]],
                              *[FadeIn(name) for name in names[1:3]], lag_ratio=0.15), run_time=1.2)

        def push(i):
            """A change goes from one node to the next."""
            ray = Line(nodes[i].get_edge_center(flow), nodes[i + 1].get_edge_center(-flow), color=SECOND, stroke_width=12)
            self.play(ShowPassingFlash(ray, time_width=0.7), run_time=0.4)
            self.play(nodes[i + 1].animate(rate_func=there_and_back).scale(1.25), names[i + 1].animate.set_color(PLAIN),
                      nodes[i + 1][0].animate.set_stroke(SECOND), run_time=0.4)

        self.at("weight changes")
        self.play(nodes[0].animate(rate_func=there_and_back).scale(1.25), nodes[0][0].animate.set_stroke(SECOND),
                  names[0].animate.set_color(PLAIN), run_time=0.4)
        for i, words in enumerate(("a neuron", "the output", "the loss")):
            self.at(words)
            push(i)
        self.at("Each link")
        slopes = [MathTypst(f"(partial {b}) / (partial {a})", color=SECOND, font_size=48) for a, b in ("wh", "hy", "yL")]
        for slope, arrow in zip(slopes, arrows):
            slope.next_to(arrow, side, 0.75 if tall else 0.2)
        self.play(LaggedStart(*[FadeIn(slope, shift=side * 0.3) for slope in slopes], lag_ratio=0.4), run_time=1.5)

        self.at("multiply them")
        signs = [("(partial L)/(partial w)", GOOD), ("=", PLAIN), ("(partial L)/(partial y)", SECOND), ("dot", PLAIN),
                 ("(partial y)/(partial h)", SECOND), ("dot", PLAIN), ("(partial h)/(partial w)", SECOND)]
        rule = VGroup(*[MathTypst(sign, color=color, font_size=60) for sign, color in signs]).arrange(RIGHT, buff=0.25)
        rule.move_to(area.get_bottom() + UP * (1 if tall else 0.65))
        product = rule[2:].save_state().set_x(0)
        self.play(*[TransformFromCopy(slope, part) for slope, part in zip(slopes, (rule[6], rule[4], rule[2]))],
                  FadeIn(rule[3]), FadeIn(rule[5]), run_time=1.2)
        self.at("one product")
        self.play(Restore(product), FadeIn(rule[:2], shift=LEFT * 0.5), run_time=0.8)
        self.at("how much")
        self.play(Circumscribe(rule[0], color=GOOD, buff=0.15), run_time=0.8)
        self.at("this weight")
        self.play(nodes[0].animate.scale(1.2), nodes[0][0].animate.set_stroke(GOOD, 8), names[0].animate.set_color(GOOD), run_time=0.6)
