"""The judge exam graded: how well a judge finds the faults that ``tarl_app.exam`` has planted.

grade       a judge's scores against the truth
intervals   95 % intervals, accuracy and kappa
report      the grades as JSON and as text, and where they are kept
"""
