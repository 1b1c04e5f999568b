# SQLAlchemy: tables, relations and queries over sqlite3.
# SPDX-License-Identifier: MIT
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, Session
class Base(DeclarativeBase): pass
class U(Base):
    __tablename__='u'
    id: Mapped[int]=mapped_column(primary_key=True)
    name: Mapped[str]
    a: Mapped[list["A"]]=relationship(back_populates='u')
class A(Base):
    __tablename__='a'
    id: Mapped[int]=mapped_column(primary_key=True)
    e: Mapped[str]
    uid: Mapped[int]=mapped_column(sa.ForeignKey('u.id'))
    u: Mapped[U]=relationship(back_populates='a')
e=sa.create_engine('sqlite://')
Base.metadata.create_all(e)
with Session(e) as s:
    for i in range(50): s.add(U(name=f'n{i}',a=[A(e=f'{i}-{j}') for j in range(3)]))
    s.commit()
    print(s.scalar(sa.select(sa.func.count()).select_from(A)))
    for u in s.scalars(sa.select(U).where(U.name.like('n1%')).order_by(U.id)): print(u.name,[a.e for a in u.a])
