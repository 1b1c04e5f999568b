# Settings of TLS contexts and database connections that have no absence: deleting them raises.
import sqlite3, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
for name in "_host_flags", "check_hostname", "num_tickets", "options", "verify_flags", "verify_mode", "minimum_version", "post_handshake_auth", "sni_callback":
    try:
        delattr(context, name)
        print(name)
    except (TypeError, AttributeError):
        pass
connection = sqlite3.connect(":memory:")
for name in "autocommit", "isolation_level":
    try:
        delattr(connection, name)
        print(name)
    except (TypeError, AttributeError):
        pass
print("done")  # expect: done
