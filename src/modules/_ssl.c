/* _ssl: TLS by OpenSSL: the module, its errors, random numbers and object names.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "modules/lazylib.h"
#include "modules/ssl.h"

#include <openssl/rand.h>
#include <openssl/pem.h>

#define SSL_FUNCTIONS(X) \
    X(SSL_CIPHER_description) X(SSL_CIPHER_get_auth_nid) X(SSL_CIPHER_get_bits) X(SSL_CIPHER_get_cipher_nid) X(SSL_CIPHER_get_digest_nid) X(SSL_CIPHER_get_id) \
    X(SSL_CIPHER_get_kx_nid) X(SSL_CIPHER_get_name) X(SSL_CIPHER_get_version) X(SSL_CIPHER_is_aead) X(SSL_CTX_callback_ctrl) X(SSL_CTX_check_private_key) \
    X(SSL_CTX_clear_options) X(SSL_CTX_ctrl) X(SSL_CTX_free) X(SSL_CTX_get0_param) X(SSL_CTX_get_cert_store) X(SSL_CTX_get_default_passwd_cb) \
    X(SSL_CTX_get_default_passwd_cb_userdata) X(SSL_CTX_get_ex_data) X(SSL_CTX_get_num_tickets) X(SSL_CTX_get_options) X(SSL_CTX_get_security_level) \
    X(SSL_CTX_get_verify_callback) X(SSL_CTX_get_verify_mode) X(SSL_CTX_load_verify_locations) X(SSL_CTX_new) X(SSL_CTX_set0_tmp_dh_pkey) X(SSL_CTX_set_alpn_protos) \
    X(SSL_CTX_set_alpn_select_cb) X(SSL_CTX_set_cipher_list) X(SSL_CTX_set_default_passwd_cb) X(SSL_CTX_set_default_passwd_cb_userdata) \
    X(SSL_CTX_set_default_verify_paths) X(SSL_CTX_set_ex_data) X(SSL_CTX_set_keylog_callback) X(SSL_CTX_set_msg_callback) X(SSL_CTX_set_num_tickets) \
    X(SSL_CTX_set_options) X(SSL_CTX_set_psk_client_callback) X(SSL_CTX_set_psk_server_callback) X(SSL_CTX_use_psk_identity_hint) X(SSL_set_session_id_context) X(SSL_CTX_set_verify) X(SSL_CTX_use_PrivateKey_file) X(SSL_CTX_use_certificate_chain_file) X(SSL_SESSION_dup) \
    X(SSL_SESSION_free) X(SSL_SESSION_get_id) X(SSL_SESSION_get_ticket_lifetime_hint) X(SSL_SESSION_get_time) X(SSL_SESSION_get_timeout) X(SSL_SESSION_has_ticket) \
    X(SSL_ctrl) X(SSL_do_handshake) X(SSL_free) X(SSL_get0_alpn_selected) X(SSL_get0_param) X(SSL_get0_verified_chain) X(SSL_get1_peer_certificate) X(SSL_get1_session) \
    X(SSL_get_SSL_CTX) X(SSL_get_ciphers) X(SSL_get_client_ciphers) X(SSL_get_current_cipher) X(SSL_get_error) X(SSL_get_ex_data) X(SSL_get_finished) \
    X(SSL_get_peer_cert_chain) X(SSL_get_peer_finished) X(SSL_get_servername) X(SSL_get_shutdown) X(SSL_get_verify_callback) X(SSL_get_verify_mode) \
    X(SSL_get_verify_result) X(SSL_get_version) X(SSL_is_init_finished) X(SSL_new) X(SSL_pending) X(SSL_read_ex) X(SSL_select_next_proto) X(SSL_session_reused) \
    X(SSL_set_SSL_CTX) X(SSL_set_accept_state) X(SSL_set_bio) X(SSL_set_connect_state) X(SSL_set_ex_data) X(SSL_set_post_handshake_auth) X(SSL_set_read_ahead) \
    X(SSL_set_session) X(SSL_set_verify) X(SSL_shutdown) X(SSL_verify_client_post_handshake) X(SSL_write_ex) X(TLS_client_method) X(TLS_method) X(TLS_server_method) \
    X(TLSv1_1_method) X(TLSv1_2_method) X(TLSv1_method)
#define CRYPTO_FUNCTIONS(X) \
    X(ASN1_OBJECT_free) X(ASN1_OCTET_STRING_free) X(ASN1_STRING_get0_data) X(ASN1_STRING_length) X(ASN1_STRING_to_UTF8) X(ASN1_TIME_print) X(AUTHORITY_INFO_ACCESS_free) \
    X(BIO_clear_flags) X(BIO_ctrl) X(BIO_ctrl_pending) X(BIO_free) X(BIO_free_all) X(BIO_get_data) X(BIO_get_new_index) X(BIO_meth_new) X(BIO_meth_set_ctrl) \
    X(BIO_meth_set_read) X(BIO_meth_set_write) X(BIO_new) X(BIO_new_file) X(BIO_new_fp) X(BIO_new_mem_buf) X(BIO_puts) X(BIO_read) X(BIO_s_mem) X(BIO_set_data) \
    X(BIO_set_flags) X(BIO_set_init) X(BIO_test_flags) X(BIO_up_ref) X(BIO_write) X(CRL_DIST_POINTS_free) X(CRYPTO_free) X(EVP_PKEY_free) X(GENERAL_NAMES_free) \
    X(OBJ_nid2obj) X(OBJ_nid2sn) X(OBJ_obj2nid) X(OBJ_obj2txt) X(OBJ_sn2nid) X(OBJ_txt2obj) X(OPENSSL_sk_free) X(OPENSSL_sk_num) X(OPENSSL_sk_value) X(OpenSSL_version) \
    X(OpenSSL_version_num) X(PEM_read_bio_Parameters) X(PEM_read_bio_X509) X(PEM_write_bio_X509) X(RAND_add) X(RAND_bytes) X(RAND_status) X(X509_NAME_ENTRY_get_data) \
    X(X509_NAME_ENTRY_get_object) X(X509_NAME_ENTRY_set) X(X509_NAME_entry_count) X(X509_NAME_get_entry) X(X509_NAME_print_ex) X(X509_OBJECT_get0_X509) \
    X(X509_OBJECT_get_type) X(X509_STORE_add_cert) X(X509_STORE_get0_objects) X(X509_STORE_get1_all_certs) X(X509_VERIFY_PARAM_clear_flags) X(X509_VERIFY_PARAM_get_flags) \
    X(X509_VERIFY_PARAM_set1_host) X(X509_VERIFY_PARAM_set1_ip) X(X509_VERIFY_PARAM_set_flags) X(X509_VERIFY_PARAM_set_hostflags) X(X509_check_ca) X(X509_cmp) \
    X(X509_free) X(X509_get0_notAfter) X(X509_get0_notBefore) X(X509_get0_serialNumber) X(X509_get_default_cert_dir) X(X509_get_default_cert_dir_env) \
    X(X509_get_default_cert_file) X(X509_get_default_cert_file_env) X(X509_get_ext_d2i) X(X509_get_issuer_name) X(X509_get_subject_name) X(X509_get_version) \
    X(X509_subject_name_hash) X(X509_up_ref) X(X509_verify_cert_error_string) X(a2i_IPADDRESS) X(d2i_X509_bio) X(i2a_ASN1_INTEGER) X(i2d_X509)
IM_LAZYLIB(ssl, "libssl.so.3", SSL_FUNCTIONS);
IM_LAZYLIB(crypto_ssl, "libcrypto.so.3", CRYPTO_FUNCTIONS);
extern ImLazyLib im_lazylib_crypto; /* of _hashlib, for the functions that both use */

Value im_ssl_errors[IM_SSLE_COUNT];

/* --- errors ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* What the library calls "certificate verify failed" is CERTIFICATE_VERIFY_FAILED to a program; "x509 certificate routines" is X509. */
static void mnemonic(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) out[n++] = *text == ' ' || *text == '-' ? '_' : (char)toupper((unsigned char)*text);
    out[n] = 0;
}
static void library_name(const char *text, char *out, size_t size)
{
    mnemonic(text, out, size);
    char *p = strstr(out, "_ROUTINES");
    if (p) *p = 0;
    if (strncmp(out, "X509_V3", 7) == 0) snprintf(out, size, "X509V3");
    else if (strncmp(out, "X509", 4) == 0) snprintf(out, size, "X509");
    else if (strncmp(out, "ASN1", 4) == 0) snprintf(out, size, "ASN1");
    else if (strncmp(out, "DIGITAL_ENVELOPE", 16) == 0) snprintf(out, size, "EVP");
    else if (strcmp(out, "BIGNUM") == 0) snprintf(out, size, "BN");
    else if (strcmp(out, "ELLIPTIC_CURVE") == 0) snprintf(out, size, "EC");
    else if (strcmp(out, "DIFFIE_HELLMAN") == 0) snprintf(out, size, "DH");
    else if (strcmp(out, "SYSTEM_LIBRARY") == 0 || strcmp(out, "SYSTEM") == 0) snprintf(out, size, "SYS");
}
static int set_text(Thread *t, Value e, Value name, Value v /* stolen */)
{
    int r = im_no_value(v) ? -1 : im_setattr(t, e, name, v);
    im_xdrop(t, v);
    return r;
}
/* Why the certificate was refused. */
static Value verify_text(Thread *t, ImSslObject *s, long code)
{
    Value name = s->hostname;
    if (code == X509_V_ERR_HOSTNAME_MISMATCH && !im_is_none(name)) return im_str_format(t, "Hostname mismatch, certificate is not valid for '%S'.", name);
    if (code == X509_V_ERR_IP_ADDRESS_MISMATCH && !im_is_none(name)) return im_str_format(t, "IP address mismatch, certificate is not valid for '%S'.", name);
    return im_str_from_cstr(t, X509_verify_cert_error_string(code));
}
Value im_ssl_raise(Thread *t, ImSslObject *s, ImSslErrorKind kind, int code, const char *text, unsigned long errcode, int line)
{
    char lib[64] = "", reason[128] = "";
    Value verify = IM_NO_VALUE, msg = IM_NO_VALUE, args = IM_NO_VALUE, e = IM_NO_VALUE;
    long verify_code = 0;
    const char *l = errcode ? ERR_lib_error_string(errcode) : NULL, *r = errcode ? ERR_reason_error_string(errcode) : NULL;
    if (l) library_name(l, lib, sizeof lib);
    if (r) mnemonic(r, reason, sizeof reason);
    if (!text) text = r ? r : "unknown error";
    if (kind == IM_SSLE_CERT && s) {
        verify_code = SSL_get_verify_result(s->ssl);
        verify = verify_text(t, s, verify_code);
        if (im_no_value(verify)) goto done;
    }
    ERR_clear_error();
    if (!im_no_value(verify) && *lib && *reason) msg = im_str_format(t, "[%s: %s] %s: %U (_ssl.c:%d)", lib, reason, text, verify, line);
    else if (*lib && *reason) msg = im_str_format(t, "[%s: %s] %s (_ssl.c:%d)", lib, reason, text, line);
    else if (*lib) msg = im_str_format(t, "[%s] %s (_ssl.c:%d)", lib, text, line);
    else msg = im_str_format(t, "%s (_ssl.c:%d)", text, line);
    if (im_no_value(msg)) goto done;
    args = im_tuple_pack(t, 2, im_int(code), msg);
    if (im_no_value(args)) goto done;
    e = im_call_ex(t, im_ssl_errors[kind], args, IM_NO_VALUE);
    if (im_no_value(e)) goto done;
    if (set_text(t, e, IM_S(reason), *reason ? im_str_from_cstr(t, reason) : IM_NONE) < 0 || set_text(t, e, IM_S(library), *lib ? im_str_from_cstr(t, lib) : IM_NONE) < 0) goto done;
    if (!im_no_value(verify) && (set_text(t, e, IM_S(verify_code), im_int(verify_code)) < 0 || im_setattr(t, e, IM_S(verify_message), verify) < 0)) goto done;
    im_raise_instance(t, e);
    e = IM_NO_VALUE;
done:
    im_xdrop(t, verify);
    im_xdrop(t, msg);
    im_xdrop(t, args);
    im_xdrop(t, e);
    return IM_NO_VALUE;
}
Value im_ssl_raise_last(Thread *t, int line)
{
    unsigned long e = ERR_peek_last_error();
    return im_ssl_raise(t, NULL, IM_SSLE_ERROR, (int)ERR_GET_LIB(e), NULL, e, line);
}
IM_METHOD(error_str)
{
    Value s = im_getattr(t, self, IM_S(strerror));
    if (im_no_value(s) || im_is_str(s)) return s;
    im_drop(t, s);
    Value args_ = im_getattr(t, self, IM_S(args)), r = im_no_value(args_) ? args_ : im_str(t, args_);
    im_xdrop(t, args_);
    return r;
}
static const ImMethodDef str_row = IM_FIXED("__str__", error_str, 0, "($self, /)", NULL);
static int make_errors(Thread *t)
{
    static const char *const names[] = {"ssl.SSLError", "ssl.SSLCertVerificationError", "ssl.SSLZeroReturnError", "ssl.SSLWantReadError", "ssl.SSLWantWriteError", "ssl.SSLSyscallError", "ssl.SSLEOFError"};
    static const char *const docs[] = {"An error occurred in the SSL implementation.", "A certificate could not be verified.", "SSL/TLS session closed cleanly.",
        "Non-blocking SSL socket needs to read more data\nbefore the requested operation can be completed.", "Non-blocking SSL socket needs to write more data\nbefore the requested operation can be completed.",
        "System error when attempting SSL operation.", "SSL/TLS connection terminated abruptly."};
    for (int i = 0; i < IM_SSLE_COUNT; i++) {
        Value module = im_str_from_cstr(t, "ssl"), name = im_str_intern_cstr(t, names[i] + 4), doc = im_str_from_cstr(t, docs[i]), ns = im_dict_new(t);
        Value bases = i == 0 ? im_tuple_pack(t, 1, im_type_value(&im_OSError_type)) : i == IM_SSLE_CERT ? im_tuple_pack(t, 2, im_ssl_errors[0], im_type_value(&im_ValueError_type)) : im_tuple_pack(t, 1, im_ssl_errors[0]);
        if (im_no_value(module) || im_no_value(name) || im_no_value(doc) || im_no_value(ns) || im_no_value(bases) || im_dict_set(t, ns, IM_S(__module__), module) < 0 || im_dict_set(t, ns, IM_S(__doc__), doc) < 0)
            return -1;
        Value cls = im_call3(t, im_type_value(&im_type_type), name, bases, ns);
        if (im_no_value(cls)) return -1;
        im_ssl_errors[i] = cls;
        im_root_add(&im_ssl_errors[i]);
        if (i == 0) {
            Value f = im_method_descr_new(t, im_as_type(cls), &str_row);
            if (im_no_value(f) || im_setattr(t, cls, IM_S(__str__), f) < 0) return -1;
            im_drop(t, f);
            im_or_acq_rel(&im_as_type(cls)->core.x_flags, IM_TF_IMMUTABLE);
        }
        im_drop(t, module);
        im_drop(t, name);
        im_drop(t, doc);
        im_drop(t, ns);
        im_drop(t, bases);
    }
    return 0;
}

/* --- functions --------------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(f_rand_add)
{
    double entropy;
    ImBuffer b;
    Value owned = IM_NO_VALUE, v = args[0];
    if (im_is_str(v)) {
        v = owned = im_str_encode(t, v, "utf-8", "strict");
        if (im_no_value(owned)) return owned;
    }
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) == 0) {
        if (im_as_double(t, args[1], &entropy) == 0) RAND_add(b.buf, (int)b.len, entropy);
        im_buffer_release(t, &b);
    }
    im_xdrop(t, owned);
    return im_pending(t) ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(f_rand_bytes)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "num must be positive");
    Value v = im_bytes_new(t, NULL, n);
    if (im_no_value(v) || n == 0 || RAND_bytes((unsigned char *)(uintptr_t)im_bytes_data(v), n) == 1) return v;
    im_drop(t, v);
    return IM_SSL_FAIL(t);
}
IM_METHOD(f_rand_status) { return im_bool(RAND_status() == 1); }
IM_METHOD(f_default_paths)
{
    return im_tuple_of(t, (Value[]){im_str_fs_decode(t, X509_get_default_cert_file_env(), -1), im_str_fs_decode(t, X509_get_default_cert_file(), -1), im_str_fs_decode(t, X509_get_default_cert_dir_env(), -1),
        im_str_fs_decode(t, X509_get_default_cert_dir(), -1)}, 4);
}
static Value object_tuple(Thread *t, ASN1_OBJECT *o)
{
    int nid = OBJ_obj2nid(o);
    char buf[256];
    if (nid == NID_undef) return im_raise_valueerror(t, "Unknown object");
    int n = OBJ_obj2txt(buf, sizeof buf, o, 1);
    const char *sn = OBJ_nid2sn(nid), *ln = OBJ_nid2ln(nid);
    return im_tuple_of(t, (Value[]){im_int(nid), im_str_from_cstr(t, sn), im_str_from_cstr(t, ln), n > 0 ? im_str_from_cstr(t, buf) : IM_NONE}, 4);
}
IM_METHOD(f_txt2obj)
{
    int by_name = im_no_value(args[1]) ? 0 : im_truth(t, args[1]);
    if (by_name < 0) return IM_NO_VALUE;
    if (!im_is_str(args[0])) return im_raise_type(t, "txt2obj() argument 'txt' must be str, not %T", args[0]);
    const char *s = im_str_utf8(t, args[0], NULL);
    if (!s) return IM_NO_VALUE;
    ASN1_OBJECT *o = OBJ_txt2obj(s, !by_name);
    if (!o) {
        ERR_clear_error();
        return im_raise_valueerror(t, "unknown object '%.100s'", s);
    }
    Value r = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return r;
}
IM_METHOD(f_nid2obj)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < NID_undef) return im_raise_valueerror(t, "NID must be positive");
    ASN1_OBJECT *o = OBJ_nid2obj(n);
    if (!o || (n == NID_undef)) {
        ERR_clear_error();
        return im_raise_valueerror(t, "unknown NID %d", n);
    }
    Value r = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return r;
}
IM_METHOD(f_test_decode_cert)
{
    Value path = im_fs_encode(t, args[0]), r = IM_NO_VALUE;
    if (im_no_value(path)) return path;
    BIO *b = BIO_new_file(im_bytes_data(path), "r");
    if (!b) im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "Can't open file", 0, __LINE__);
    else {
        X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
        if (!x) im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "Error decoding PEM-encoded file", 0, __LINE__);
        else r = im_cert_dict(t, x);
        if (x) X509_free(x);
        BIO_free(b);
    }
    im_drop(t, path);
    return r;
}
static const ImMethodDef functions[] = {IM_FIXED("RAND_add", f_rand_add, 2, "($module, string, entropy, /)", "Mix string into the OpenSSL PRNG state; entropy is a lower bound of what it holds."), IM_FIXED("RAND_bytes", f_rand_bytes, 1, "($module, n, /)", "Generate n cryptographically strong pseudo-random bytes."),
    IM_FIXED("RAND_status", f_rand_status, 0, "($module, /)", "True if the OpenSSL PRNG has been seeded with enough data."), IM_FIXED("_test_decode_cert", f_test_decode_cert, 1, "($module, path, /)", NULL),
    IM_FIXED("get_default_verify_paths", f_default_paths, 0, "($module, /)", "Names of variables and paths where OpenSSL looks for certificates by default."), IM_FIXED("nid2obj", f_nid2obj, 1, "($module, nid, /)", "Lookup NID, short name, long name and OID of an ASN1_OBJECT by NID."),
    IM_PARSED("txt2obj", f_txt2obj, "($module, /, txt, name=False)", "Lookup NID, short name, long name and OID of an ASN1_OBJECT."), IM_END};

/* --- the module --------------------------------------------------------------------------------------------------------------------------------------------- */

static const ImIntRow constants[] = {
    {"ALERT_DESCRIPTION_ACCESS_DENIED", SSL_AD_ACCESS_DENIED}, {"ALERT_DESCRIPTION_BAD_CERTIFICATE", SSL_AD_BAD_CERTIFICATE},
    {"ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE", SSL_AD_BAD_CERTIFICATE_HASH_VALUE},
    {"ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE", SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE}, {"ALERT_DESCRIPTION_BAD_RECORD_MAC", SSL_AD_BAD_RECORD_MAC},
    {"ALERT_DESCRIPTION_CERTIFICATE_EXPIRED", SSL_AD_CERTIFICATE_EXPIRED}, {"ALERT_DESCRIPTION_CERTIFICATE_REVOKED", SSL_AD_CERTIFICATE_REVOKED},
    {"ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN", SSL_AD_CERTIFICATE_UNKNOWN}, {"ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE", SSL_AD_CERTIFICATE_UNOBTAINABLE},
    {"ALERT_DESCRIPTION_CLOSE_NOTIFY", SSL_AD_CLOSE_NOTIFY}, {"ALERT_DESCRIPTION_DECODE_ERROR", SSL_AD_DECODE_ERROR},
    {"ALERT_DESCRIPTION_DECOMPRESSION_FAILURE", SSL_AD_DECOMPRESSION_FAILURE}, {"ALERT_DESCRIPTION_DECRYPT_ERROR", SSL_AD_DECRYPT_ERROR},
    {"ALERT_DESCRIPTION_HANDSHAKE_FAILURE", SSL_AD_HANDSHAKE_FAILURE}, {"ALERT_DESCRIPTION_ILLEGAL_PARAMETER", SSL_AD_ILLEGAL_PARAMETER},
    {"ALERT_DESCRIPTION_INSUFFICIENT_SECURITY", SSL_AD_INSUFFICIENT_SECURITY}, {"ALERT_DESCRIPTION_INTERNAL_ERROR", SSL_AD_INTERNAL_ERROR},
    {"ALERT_DESCRIPTION_NO_RENEGOTIATION", SSL_AD_NO_RENEGOTIATION}, {"ALERT_DESCRIPTION_PROTOCOL_VERSION", SSL_AD_PROTOCOL_VERSION},
    {"ALERT_DESCRIPTION_RECORD_OVERFLOW", SSL_AD_RECORD_OVERFLOW}, {"ALERT_DESCRIPTION_UNEXPECTED_MESSAGE", SSL_AD_UNEXPECTED_MESSAGE},
    {"ALERT_DESCRIPTION_UNKNOWN_CA", SSL_AD_UNKNOWN_CA}, {"ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY", SSL_AD_UNKNOWN_PSK_IDENTITY},
    {"ALERT_DESCRIPTION_UNRECOGNIZED_NAME", SSL_AD_UNRECOGNIZED_NAME}, {"ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE", SSL_AD_UNSUPPORTED_CERTIFICATE},
    {"ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION", SSL_AD_UNSUPPORTED_EXTENSION}, {"ALERT_DESCRIPTION_USER_CANCELLED", SSL_AD_USER_CANCELLED},
    {"OP_ALL", (int64_t)(SSL_OP_ALL & ~(uint64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS)}, {"OP_CIPHER_SERVER_PREFERENCE", (int64_t)SSL_OP_CIPHER_SERVER_PREFERENCE},
    {"OP_ENABLE_KTLS", (int64_t)SSL_OP_ENABLE_KTLS}, {"OP_ENABLE_MIDDLEBOX_COMPAT", (int64_t)SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
    {"OP_IGNORE_UNEXPECTED_EOF", (int64_t)SSL_OP_IGNORE_UNEXPECTED_EOF}, {"OP_LEGACY_SERVER_CONNECT", (int64_t)SSL_OP_LEGACY_SERVER_CONNECT},
    {"OP_NO_COMPRESSION", (int64_t)SSL_OP_NO_COMPRESSION}, {"OP_NO_RENEGOTIATION", (int64_t)SSL_OP_NO_RENEGOTIATION}, {"OP_NO_SSLv2", (int64_t)SSL_OP_NO_SSLv2},
    {"OP_NO_SSLv3", (int64_t)SSL_OP_NO_SSLv3}, {"OP_NO_TICKET", (int64_t)SSL_OP_NO_TICKET}, {"OP_NO_TLSv1", (int64_t)SSL_OP_NO_TLSv1},
    {"OP_NO_TLSv1_1", (int64_t)SSL_OP_NO_TLSv1_1}, {"OP_NO_TLSv1_2", (int64_t)SSL_OP_NO_TLSv1_2}, {"OP_NO_TLSv1_3", (int64_t)SSL_OP_NO_TLSv1_3},
    {"OP_SINGLE_DH_USE", (int64_t)SSL_OP_SINGLE_DH_USE}, {"OP_SINGLE_ECDH_USE", (int64_t)SSL_OP_SINGLE_ECDH_USE}, {"CERT_NONE", 0}, {"CERT_OPTIONAL", 1},
    {"CERT_REQUIRED", 2}, {"ENCODING_DER", 2}, {"ENCODING_PEM", 1}, {"PROTOCOL_SSLv23", 2}, {"PROTOCOL_TLS", 2}, {"PROTOCOL_TLS_CLIENT", 16},
    {"PROTOCOL_TLS_SERVER", 17}, {"PROTOCOL_TLSv1", 3}, {"PROTOCOL_TLSv1_1", 4}, {"PROTOCOL_TLSv1_2", 5}, {"PROTO_MAXIMUM_SUPPORTED", -1},
    {"PROTO_MINIMUM_SUPPORTED", -2}, {"PROTO_SSLv3", 768}, {"PROTO_TLSv1", 769}, {"PROTO_TLSv1_1", 770}, {"PROTO_TLSv1_2", 771}, {"PROTO_TLSv1_3", 772},
    {"SSL_ERROR_EOF", 8}, {"SSL_ERROR_INVALID_ERROR_CODE", 10}, {"SSL_ERROR_SSL", 1}, {"SSL_ERROR_SYSCALL", 5}, {"SSL_ERROR_WANT_CONNECT", 7},
    {"SSL_ERROR_WANT_READ", 2}, {"SSL_ERROR_WANT_WRITE", 3}, {"SSL_ERROR_WANT_X509_LOOKUP", 4}, {"SSL_ERROR_ZERO_RETURN", 6},
    {"HOSTFLAG_ALWAYS_CHECK_SUBJECT", X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT}, {"HOSTFLAG_MULTI_LABEL_WILDCARDS", X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS},
    {"HOSTFLAG_NEVER_CHECK_SUBJECT", X509_CHECK_FLAG_NEVER_CHECK_SUBJECT}, {"HOSTFLAG_NO_PARTIAL_WILDCARDS", X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
    {"HOSTFLAG_NO_WILDCARDS", X509_CHECK_FLAG_NO_WILDCARDS}, {"HOSTFLAG_SINGLE_LABEL_SUBDOMAINS", X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS}, {"VERIFY_DEFAULT", 0},
    {"VERIFY_CRL_CHECK_LEAF", X509_V_FLAG_CRL_CHECK}, {"VERIFY_CRL_CHECK_CHAIN", X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL},
    {"VERIFY_X509_STRICT", X509_V_FLAG_X509_STRICT}, {"VERIFY_ALLOW_PROXY_CERTS", X509_V_FLAG_ALLOW_PROXY_CERTS},
    {"VERIFY_X509_TRUSTED_FIRST", X509_V_FLAG_TRUSTED_FIRST}, {"VERIFY_X509_PARTIAL_CHAIN", X509_V_FLAG_PARTIAL_CHAIN},
};
static const struct { const char *name; bool value; } features[] = {
    {"HAS_ALPN", true}, {"HAS_ECDH", true}, {"HAS_NPN", false}, {"HAS_PSK", true}, {"HAS_SNI", true}, {"HAS_SSLv2", false}, {"HAS_SSLv3", false}, {"HAS_TLS_UNIQUE", true}, {"HAS_TLSv1", true}, {"HAS_TLSv1_1", true}, {"HAS_TLSv1_2", true}, {"HAS_TLSv1_3", true}};

static Value version_tuple(Thread *t, unsigned long n)
{
    return im_tuple_pack(t, 5, im_int((int64_t)(n >> 28 & 15)), im_int((int64_t)(n >> 20 & 255)), im_int((int64_t)(n >> 12 & 255)), im_int((int64_t)(n >> 4 & 255)), im_int((int64_t)(n & 15)));
}
static int exec(Thread *t, Value m)
{
    static const char *const error_names[] = {"SSLError", "SSLCertVerificationError", "SSLZeroReturnError", "SSLWantReadError", "SSLWantWriteError", "SSLSyscallError", "SSLEOFError"};
    Value sock = im_import(t, "_socket");
    im_xdrop(t, sock);
    if (im_no_value(sock) || im_lazylib_load(t, &im_lazylib_crypto) < 0 || im_lazylib_load(t, &im_lazylib_crypto_ssl) < 0 || im_lazylib_load(t, &im_lazylib_ssl) < 0) return -1;
    if (im_no_value(im_ssl_errors[0])) {
        if (im_ssl_socket_bio_init() < 0) return im_raise_memory(t), -1;
        if (make_errors(t) < 0) return -1;
    }
    for (int i = 0; i < IM_SSLE_COUNT; i++)
        if (im_module_add(t, m, error_names[i], im_new_ref(im_ssl_errors[i])) < 0) return -1;
    if (im_module_ready_type(t, m, &im_ssl_context_type, &im_ssl_context_spec) < 0 || im_module_ready_type(t, m, &im_ssl_object_type, &im_ssl_object_spec) < 0 ||
        im_module_ready_type(t, m, &im_memory_bio_type, &im_memory_bio_spec) < 0 || im_module_ready_type(t, m, &im_ssl_session_type, &im_ssl_session_spec) < 0 ||
        im_module_ready_type(t, m, &im_certificate_type, &im_certificate_spec) < 0 || IM_ADD_INT_ROWS(t, m, constants) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(features); i++)
        if (im_module_add(t, m, features[i].name, im_bool(features[i].value)) < 0) return -1;
    unsigned long n = OpenSSL_version_num();
    if (im_module_add(t, m, "OPENSSL_VERSION_NUMBER", im_int((int64_t)n)) < 0 || im_module_add(t, m, "OPENSSL_VERSION_INFO", version_tuple(t, n)) < 0 ||
        im_module_add_str(t, m, "OPENSSL_VERSION", OpenSSL_version(OPENSSL_VERSION)) < 0 || im_module_add(t, m, "_OPENSSL_API_VERSION", version_tuple(t, OPENSSL_VERSION_NUMBER)) < 0) return -1;
    return im_module_add_str(t, m, "_DEFAULT_CIPHERS", "ALL:!COMPLEMENTOFDEFAULT:!eNULL");
}
static const ImModuleDef def = {.name = "_ssl", .doc = "Implementation module for SSL socket operations.  See the socket module\nfor documentation.", .methods = functions, .exec = exec};
IM_MODULE(def);
