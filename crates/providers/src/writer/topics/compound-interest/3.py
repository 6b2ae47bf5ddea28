class Film(Section):
    def construct(self):
        area = self.area
        title = Text("Decade by decade", weight=BOLD, font_size=30).move_to(area.get_corner(UL), UL)
        line = Line(ORIGIN, RIGHT * 0.9, color=ACCENT, stroke_width=8).move_to(area.get_corner(UL) + DOWN * 0.65, LEFT)
        self.play(FadeIn(title, shift=UP * 0.2), Create(line), run_time=0.4)

        tall = area.height > area.width
        room = Rectangle(width=area.width, height=area.height - (2.6 if tall else 1.7))
        room.move_to(area.get_bottom() + UP * (1.1 if tall else 0.8), DOWN)
        money, step = (1000, 1967, 3870, 7612, 14974), room.width / 5
        dollar = (room.height - 1.2) / 14974
        ground = room.get_corner(DL) + UP * 0.6
        bars, names, sums = VGroup(), VGroup(), VGroup()
        for i, dollars in enumerate(money):
            color = MUTED if i == 0 else GOOD if i == 4 else ACCENT
            bar = Rectangle(width=step * 0.7, height=dollar * dollars, color=color).set_fill(interpolate_color(GROUND, color, 0.5), 1)
            bars.add(bar.move_to(ground + RIGHT * (i + 0.5) * step, DOWN))
            name = Text(f"{i * 10} y" if i else "now", font_size=28, color=MUTED).next_to(bar, DOWN)
            names.add(name.shift(UP * (ground[1] - 0.5 - name[0].get_bottom()[1])))
            sums.add(Text(f"${dollars:,}", font_size=26).next_to(bar, UP, 0.15))
        def rise(bar):
            return ReplacementTransform(bar.copy().stretch_to_fit_height(0.01, about_edge=DOWN), bar)

        self.play(rise(bars[0]), FadeIn(names[0]), FadeIn(sums[0]), run_time=0.7)
        self.at("decade by")
        self.play(LaggedStart(*[FadeIn(name) for name in names[1:]], lag_ratio=0.2), run_time=0.7)
        for i, words in enumerate(("After ten", "After twenty", "After thirty", "After forty"), start=1):
            self.at(words)
            self.play(rise(bars[i]), FadeIn(sums[i], shift=UP * bars[i].height), run_time=0.9)

        # What a time brings is a piece of a bar; the pieces are laid over the low bars, side by side.
        place = room.get_corner(UL) + DOWN * (0.3 if tall else 0.25)
        for words, name, low, high, color in (("The last ten", "last 10", 3, 4, GOOD), ("first thirty", "first 30", 0, 3, ACCENT)):
            self.at(words)
            more = money[high] - money[low]
            piece = Rectangle(width=step * 0.7, height=dollar * more, stroke_width=0).set_fill(color, 1).move_to(bars[high], UP)
            box = Rectangle(width=more / 7362 * step * 3.25, height=0.95 if tall else 0.55, stroke_width=0).move_to(place, UL)
            box.set_fill(interpolate_color(GROUND, color, 0.45), 1)
            text = Text(f"{name}: +${more:,}", font_size=30 if area.width > 10 or tall else 26).move_to(box)
            self.play(FadeIn(piece), run_time=0.4)
            self.play(ReplacementTransform(piece, box), FadeIn(text), run_time=0.8)
            place = box.get_corner(DL) + DOWN * 0.15

        self.at("who starts")
        late = Text("10 years later: start with $1,967", font_size=30).move_to(area.get_bottom(), DOWN)
        late[-6:].set_color(SECOND)
        self.play(Write(late), bars[1].animate.set_color(SECOND), FadeOut(sums[:2]), run_time=0.9)
        self.at("twice")
        twice = Brace(VGroup(bars[0], bars[1]), UP, color=SECOND, buff=0.1)
        times = Text("× 2", font_size=34, color=SECOND).next_to(twice, UP, 0.1)
        self.play(GrowFromCenter(twice), FadeIn(times), run_time=0.7)
