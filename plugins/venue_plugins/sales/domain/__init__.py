"""The rules of selling places, as pure values and functions: no database, no clock, no network.

| module       | holds                                                          |
|--------------|----------------------------------------------------------------|
| `plans`      | sections, rows and seats of a hall, and the drawing of rows     |
| `best_seats` | which seats to offer a party                                    |
| `promotions` | price rules as data                                             |
| `pricing`    | what an order costs and why                                     |
| `orders`     | order numbers, pick-up codes, states                            |
| `validity`   | when a ticket lets its bearer in                                |
| `errors`     | everything sales refuses                                        |
"""
