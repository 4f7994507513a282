from decimal import Decimal


def pounds(amount: Decimal | int) -> str:
    """£3,000 for whole pounds, £2,500.50 otherwise."""
    amount = Decimal(amount)
    return f"£{amount:,.0f}" if amount == amount.to_integral_value() else f"£{amount:,.2f}"
