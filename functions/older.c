// Lambda has glibc 2.34. A program that is linked on a system with 2.35 or later asks for that release's `hypot`, and does not
// start there. These two have not changed their meaning: the ones that every glibc has are asked for instead.
#if defined(__x86_64__)
#define EVERY "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define EVERY "GLIBC_2.17"
#endif

extern double older_hypot(double, double);
extern float older_hypotf(float, float);
__asm__(".symver older_hypot, hypot@" EVERY);
__asm__(".symver older_hypotf, hypotf@" EVERY);

double hypot(double x, double y) { return older_hypot(x, y); }
float hypotf(float x, float y) { return older_hypotf(x, y); }
