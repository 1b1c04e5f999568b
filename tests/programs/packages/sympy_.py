# SymPy: algebra, calculus, big numbers.
# SPDX-License-Identifier: MIT
import sympy
from sympy import *
x,y,z=symbols('x y z')
print(integrate(sin(x)*exp(x),x)); print(solve(x**3-2*x+1,x)); print(series(cos(x),x,0,8)); print(factor(x**6-1)); print(limit(sin(x)/x,x,0)); print(Matrix([[1,2],[3,4]]).eigenvals()); print(simplify(gamma(x)/gamma(x-2))); print(pi.n(60)); print(diff(atan(x)**3,x,2)); print(dsolve(Function('f')(x).diff(x)-x,Function('f')(x)))
print(groebner([x**2+y**2-1,x-y],x,y)); print(Sum(1/x**2,(x,1,oo)).doit()); print(latex(Integral(sqrt(1/x),x)))
