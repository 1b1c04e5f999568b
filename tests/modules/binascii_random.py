# Every function of binascii on random data, damaged data among it.
import binascii,random
random.seed(5)
def r(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: return type(e).__name__, str(e)
for i in range(150):
    d=bytes(random.choice(b'abC9=\n =+._\tXf') for _ in range(random.randrange(12)))
    for st in 0,1: print(d, r(binascii.a2b_base64,d,strict_mode=st))
    print(r(binascii.a2b_qp,d*3), r(binascii.b2a_qp,d*random.randrange(20),random.random()<.5,random.random()<.5,random.random()<.5), r(binascii.a2b_uu,d),r(binascii.b2a_uu,d),r(binascii.b2a_uu,d,backtick=1),binascii.crc32(d*9,i),binascii.crc_hqx(d,i),r(binascii.a2b_hex,d), r(binascii.b2a_hex,d,'-',3))
