# tries: to find a secret in its own environment
import os

if os.environ[SECRET_VARIABLE] != CANARY:
    raise RuntimeError("the variable does not hold the secret")
reached("the secret was in the environment")
