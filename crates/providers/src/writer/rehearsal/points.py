class Film(Section):
    def construct(self):
        heading = self.fitting(Text(__HEADING__, font_size=44), 1.0)
        heading.move_to(self.area.get_top() + DOWN * (heading.height / 2 + 0.2))
        line = Line(LEFT * 0.5, RIGHT * 0.5, color=ACCENT, stroke_width=8).next_to(heading, DOWN, buff=0.25)
        self.add(heading, line)
        points = __POINTS__
        texts = [self.fitting(Text(text, font_size=34), 0.85) for text, _ in points]
        rows = VGroup(*[VGroup(Dot(color=ACCENT), text).arrange(RIGHT, buff=0.3) for text in texts])
        rows.arrange(DOWN, buff=0.7, aligned_edge=LEFT).move_to(self.area)
        for row, (_, at) in zip(rows, points):
            self.at(at)
            self.play(FadeIn(row, shift=RIGHT * 0.3), run_time=0.6)

    def fitting(self, thing, part):
        """No wider than a part of the area."""
        most = self.area.width * part
        return thing.scale_to_fit_width(most) if thing.width > most else thing
