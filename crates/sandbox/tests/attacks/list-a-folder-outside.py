# tries: to list the files of a folder outside
import os

if os.path.basename(SECRET_FILE) not in os.listdir(os.path.dirname(SECRET_FILE)):
    raise RuntimeError("the secret file was not in the list")
reached("a folder outside was listed")
