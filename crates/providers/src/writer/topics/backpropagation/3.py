class Film(Section):
    def construct(self):
        area = self.area
        title = Text("From back to front", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.5)

        # The network flows along the longer side, and ends in the loss.
        tall = area.height > area.width
        flow, side = (DOWN, RIGHT) if tall else (RIGHT, DOWN)
        room = Rectangle(width=area.width, height=area.height - (2 if tall else 1))
        room.move_to(area.get_bottom() + UP * (0.6 if tall else 0), DOWN)
        step, gap = ((room.height if tall else room.width) - 1.6) / 4, 0.95 if tall else 0.62
        start = room.get_edge_center(-flow) + flow * 0.5
        layers = []
        for i, n in enumerate((3, 5, 5, 2)):
            nodes = [Circle(0.27 if tall else 0.23, color=ACCENT, fill_color=GROUND, fill_opacity=1) for _ in range(n)]
            middle = start + flow * i * step
            layers.append(VGroup(*[node.move_to(middle + side * (j - (n - 1) / 2) * gap) for j, node in enumerate(nodes)]))
        loss = Circle(0.6, color=BAD, fill_color=interpolate_color(GROUND, BAD, 0.3), fill_opacity=1).move_to(start + flow * 4 * step)
        loss = VGroup(loss, Text("loss", font_size=32).move_to(loss))
        wires = [VGroup(*[Line(a.get_center(), b.get_center(), color=MUTED, stroke_width=2) for a in one for b in two]).set_z_index(-1)
                 for one, two in zip(layers, layers[1:] + [VGroup(loss)])]
        self.play(LaggedStart(*[FadeIn(group) for pair in zip(layers, wires) for group in pair][:-1], lag_ratio=0.15), run_time=1.2)
        self.at("at the end")
        self.play(GrowFromCenter(loss), FadeIn(wires[3]), run_time=0.6)
        self.at("is known")
        self.play(Flash(loss, color=BAD, line_length=0.3, flash_radius=0.75, num_lines=14), run_time=0.6)

        def back_through(i, words):
            """Slopes go back over the wires, and the layer before has them."""
            self.at(words)
            rays = [Line(wire.get_end(), wire.get_start(), color=SECOND, stroke_width=6).set_z_index(-1) for wire in wires[i]]
            self.play(*[ShowPassingFlash(ray, time_width=0.6) for ray in rays], run_time=0.6)
            colors = [interpolate_color(GROUND, SECOND, part) for part in (1, 0.35, 0.7)]
            self.play(*[wire.animate.set_stroke(SECOND, 1.2 + (n * 5 % 7) * 0.7) for n, wire in enumerate(wires[i])],
                      *[node.animate.set_fill(colors[n % 3]).set_stroke(SECOND) for n, node in enumerate(layers[i])], run_time=0.5)

        def around(layer):
            return SurroundingRectangle(layer, color=PLAIN, buff=0.15, corner_radius=0.2, stroke_width=3)

        back_through(3, "walk backwards")
        frame = around(layers[2])
        self.at("Each layer")
        self.play(Create(frame), run_time=0.5)
        back_through(2, "the slopes")
        self.at("and uses")
        self.play(frame.animate.become(around(layers[1])), run_time=0.4)
        back_through(1, "them again")
        self.at("own weights")
        self.play(frame.animate.become(around(layers[0])), run_time=0.4)
        back_through(0, "So nothing")
        self.play(FadeOut(frame), run_time=0.4)

        ends = start - flow * 0.3, loss.get_edge_center(flow)
        there, home = [Arrow(a + side * x, b + side * x, buff=0, color=color, stroke_width=7, max_tip_length_to_length_ratio=0.06)
                       for a, b, x, color in ((*ends, -2.65 if tall else -1.85, ACCENT), (*reversed(ends), 2.65 if tall else 1.85, SECOND))]
        for arrow, name, words in ((there, "1 forward", "One pass"), (home, "2 back", "pass back")):
            self.at(words)
            text = Text(name, font_size=30, color=arrow.get_color())
            if tall:
                text.next_to(arrow.get_start(), -arrow.get_unit_vector(), 0.15)
            else:
                text.next_to(arrow, side if arrow is home else -side, 0.12)
            self.play(GrowArrow(arrow), FadeIn(text), run_time=0.7)
        self.at("every weight")
        known = interpolate_color(GROUND, GOOD, 0.5)
        self.play(*[wire.animate.set_color(GOOD) for group in wires for wire in group],
                  *[node.animate.set_stroke(GOOD).set_fill(known) for layer in layers for node in layer], run_time=0.9)
