"""The kiosk side of sales: the buying flow (pure), its words, and the screens drawn from it.

| module       | holds                                                                  |
|--------------|------------------------------------------------------------------------|
| `flow`       | `advance(flow, message, make_id)`: the whole buying flow as one function |
| `state`      | `BuyFlow`, `Screen`, `Failure`: what a screen is drawn from             |
| `messages`   | touches, answers, and the commands that the shell's link executes       |
| `failures`   | what went wrong, in words: what, whether money moved, what to do, code  |
| `words`      | dates, seats and amounts in words, in both languages                    |
"""
