// Lambda has glibc 2.34. A program that is linked on a system with 2.35 or later asks for that release's `hypot`, and does not
// start there. So both are here. Asking for the older ones by their versions does not do: these, of the same name, would be found.

double hypot(double x, double y) {
  if (__builtin_isinf(x) || __builtin_isinf(y)) return __builtin_inf();
  x = __builtin_fabs(x);
  y = __builtin_fabs(y);
  double most = x < y ? y : x;
  // Where squares would be too large or too small for a number, all is scaled by a power of two, which loses nothing.
  double scale = most > 0x1p500 ? 0x1p-600 : most < 0x1p-450 ? 0x1p600 : 1;
  x *= scale;
  y *= scale;
  return __builtin_sqrt(x * x + y * y) / scale;
}

float hypotf(float x, float y) {
  if (__builtin_isinf(x) || __builtin_isinf(y)) return __builtin_inff();
  // A larger number has room for the square of any smaller one.
  double wide_x = x, wide_y = y;
  return (float)__builtin_sqrt(wide_x * wide_x + wide_y * wide_y);
}
