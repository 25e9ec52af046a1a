"""What the black-box tests stand on: servers of their own, clients, and checks of the contract."""
