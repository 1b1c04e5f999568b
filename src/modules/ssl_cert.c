/* Certificates and ciphers of _ssl, as dicts and tuples; class Certificate.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>

#include "modules/ssl.h"

#include <openssl/asn1.h>
#include <openssl/pem.h>

ImType im_certificate_type;

static int put(Thread *t, Value d, const char *key, Value v /* stolen */)
{
    int r = im_no_value(v) ? -1 : im_dict_set_cstr(t, d, key, v);
    im_xdrop(t, v);
    return r;
}
/* "commonName", or the dotted number. */
static Value object_name(Thread *t, const ASN1_OBJECT *o, bool number)
{
    char buf[256];
    int n = OBJ_obj2txt(buf, sizeof buf, o, number);
    if (n < 0) return IM_SSL_FAIL(t);
    return im_str_from_utf8(t, buf, n < (int)sizeof buf ? n : (int)sizeof buf - 1);
}
static Value string_value(Thread *t, const ASN1_STRING *s)
{
    unsigned char *p = NULL;
    int n = ASN1_STRING_to_UTF8(&p, s);
    if (n < 0) return IM_SSL_FAIL(t);
    Value v = im_str_from_utf8(t, (char *)p, n);
    CRYPTO_free(p, "", 0);
    return v;
}
/* Pairs collected in a list, as a tuple. */
static Value as_tuple(Thread *t, Value list)
{
    if (im_no_value(list)) return list;
    Value r = im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}
static int push(Thread *t, Value *list, Value v)
{
    if (!im_no_value(*list) && !im_no_value(v) && im_list_append(t, *list, v) == 0) return im_drop(t, v), 0;
    im_xdrop(t, v);
    im_xdrop(t, *list);
    *list = IM_NO_VALUE;
    return -1;
}
static Value name_tuple(Thread *t, const X509_NAME *name)
{
    Value all = im_list_new(t, 4), rdn = im_list_new(t, 1);
    int n = X509_NAME_entry_count(name), last = -1;
    for (int i = 0; i < n && !im_no_value(all) && !im_no_value(rdn); i++) {
        X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
        int set = X509_NAME_ENTRY_set(e);
        if (last >= 0 && set != last) {
            if (push(t, &all, as_tuple(t, rdn)) < 0) return IM_NO_VALUE;
            rdn = im_list_new(t, 1);
        }
        last = set;
        Value pair[2] = {object_name(t, X509_NAME_ENTRY_get_object(e), false), IM_NO_VALUE};
        if (!im_no_value(pair[0])) pair[1] = string_value(t, X509_NAME_ENTRY_get_data(e));
        if (push(t, &rdn, im_tuple_of(t, pair, 2)) < 0) break;
    }
    if (im_no_value(all) || im_no_value(rdn)) {
        im_xdrop(t, all);
        im_xdrop(t, rdn);
        return IM_NO_VALUE;
    }
    if (im_list_len(rdn) > 0) {
        if (push(t, &all, as_tuple(t, rdn)) < 0) return IM_NO_VALUE;
    } else im_drop(t, rdn);
    return as_tuple(t, all);
}
static Value pair_of(Thread *t, const char *kind, Value v) { return im_tuple_of(t, (Value[]){im_str_from_cstr(t, kind), v}, 2); }
static Value ia5(Thread *t, const ASN1_STRING *s) { return im_str_from_utf8(t, (const char *)ASN1_STRING_get0_data(s), ASN1_STRING_length(s)); }
static Value ip_text(Thread *t, const ASN1_STRING *s)
{
    const unsigned char *p = ASN1_STRING_get0_data(s);
    int n = ASN1_STRING_length(s);
    char buf[64];
    if (n == 4) snprintf(buf, sizeof buf, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    else if (n == 16) snprintf(buf, sizeof buf, "%X:%X:%X:%X:%X:%X:%X:%X", p[0] << 8 | p[1], p[2] << 8 | p[3], p[4] << 8 | p[5], p[6] << 8 | p[7], p[8] << 8 | p[9], p[10] << 8 | p[11], p[12] << 8 | p[13], p[14] << 8 | p[15]);
    else snprintf(buf, sizeof buf, "<invalid>");
    return im_str_from_cstr(t, buf);
}
static Value general_name(Thread *t, GENERAL_NAME *g)
{
    switch (g->type) {
    case GEN_DIRNAME: return pair_of(t, "DirName", name_tuple(t, g->d.dirn));
    case GEN_EMAIL: return pair_of(t, "email", ia5(t, g->d.rfc822Name));
    case GEN_DNS: return pair_of(t, "DNS", ia5(t, g->d.dNSName));
    case GEN_URI: return pair_of(t, "URI", ia5(t, g->d.uniformResourceIdentifier));
    case GEN_RID: return pair_of(t, "Registered ID", object_name(t, g->d.rid, true));
    case GEN_IPADD: return pair_of(t, "IP Address", ip_text(t, g->d.iPAddress));
    case GEN_OTHERNAME: return pair_of(t, "othername", im_str_from_cstr(t, "<unsupported>"));
    case GEN_X400: return pair_of(t, "X400Name", im_str_from_cstr(t, "<unsupported>"));
    case GEN_EDIPARTY: return pair_of(t, "EdiPartyName", im_str_from_cstr(t, "<unsupported>"));
    default: return pair_of(t, "unknown", im_str_from_cstr(t, "<unsupported>"));
    }
}
/* No value without exception: the certificate has none. */
static Value alt_names(Thread *t, X509 *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    if (!names) return IM_NO_VALUE;
    Value list = im_list_new(t, 4);
    for (int i = 0; !im_no_value(list) && i < OPENSSL_sk_num((const OPENSSL_STACK *)names); i++)
        if (push(t, &list, general_name(t, OPENSSL_sk_value((const OPENSSL_STACK *)names, i))) < 0) break;
    GENERAL_NAMES_free(names);
    return as_tuple(t, list);
}
static Value access_uris(Thread *t, X509 *cert, int nid)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    if (!info) return IM_NO_VALUE;
    Value list = im_list_new(t, 2);
    for (int i = 0; !im_no_value(list) && i < OPENSSL_sk_num((const OPENSSL_STACK *)info); i++) {
        ACCESS_DESCRIPTION *ad = OPENSSL_sk_value((const OPENSSL_STACK *)info, i);
        if (OBJ_obj2nid(ad->method) != nid || ad->location->type != GEN_URI) continue;
        if (push(t, &list, ia5(t, ad->location->d.uniformResourceIdentifier)) < 0) break;
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return as_tuple(t, list);
}
static Value crl_points(Thread *t, X509 *cert)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    if (!points) return IM_NO_VALUE;
    Value list = im_list_new(t, 2);
    for (int i = 0; !im_no_value(list) && i < OPENSSL_sk_num((const OPENSSL_STACK *)points); i++) {
        DIST_POINT *dp = OPENSSL_sk_value((const OPENSSL_STACK *)points, i);
        if (!dp->distpoint || dp->distpoint->type != 0) continue;
        for (int j = 0; !im_no_value(list) && j < OPENSSL_sk_num((const OPENSSL_STACK *)dp->distpoint->name.fullname); j++) {
            GENERAL_NAME *g = OPENSSL_sk_value((const OPENSSL_STACK *)dp->distpoint->name.fullname, j);
            if (g->type == GEN_URI && push(t, &list, ia5(t, g->d.uniformResourceIdentifier)) < 0) break;
        }
    }
    CRL_DIST_POINTS_free(points);
    return as_tuple(t, list);
}
static Value bio_text(Thread *t, BIO *b)
{
    char *p = NULL;
    long n = BIO_ctrl(b, BIO_CTRL_INFO, 0, &p);
    return im_str_from_utf8(t, p ? p : "", p ? n : 0);
}
static Value time_text(Thread *t, const ASN1_TIME *when)
{
    BIO *b = BIO_new(BIO_s_mem());
    if (!b) return im_raise_memory(t);
    ASN1_TIME_print(b, when);
    Value v = bio_text(t, b);
    BIO_free(b);
    return v;
}
static int put_some(Thread *t, Value d, const char *key, Value v)
{
    if (im_no_value(v)) return im_pending(t) ? -1 : 0;
    if (im_tuple_len(v) == 0) return im_drop(t, v), 0;
    return put(t, d, key, v);
}
Value im_cert_dict(Thread *t, X509 *cert)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    BIO *b = BIO_new(BIO_s_mem());
    if (b) i2a_ASN1_INTEGER(b, X509_get0_serialNumber(cert));
    int r = b && put(t, d, "subject", name_tuple(t, X509_get_subject_name(cert))) == 0 && put(t, d, "issuer", name_tuple(t, X509_get_issuer_name(cert))) == 0 &&
                    put(t, d, "version", im_int(X509_get_version(cert) + 1)) == 0 && put(t, d, "serialNumber", bio_text(t, b)) == 0 &&
                    put(t, d, "notBefore", time_text(t, X509_get0_notBefore(cert))) == 0 && put(t, d, "notAfter", time_text(t, X509_get0_notAfter(cert))) == 0 &&
                    put_some(t, d, "subjectAltName", alt_names(t, cert)) == 0 && put_some(t, d, "OCSP", access_uris(t, cert, NID_ad_OCSP)) == 0 &&
                    put_some(t, d, "caIssuers", access_uris(t, cert, NID_ad_ca_issuers)) == 0 && put_some(t, d, "crlDistributionPoints", crl_points(t, cert)) == 0
                ? 0
                : -1;
    if (b) BIO_free(b);
    if (r == 0) return d;
    im_drop(t, d);
    return im_pending(t) ? IM_NO_VALUE : IM_SSL_FAIL(t);
}
Value im_cert_der(Thread *t, X509 *cert)
{
    unsigned char *p = NULL;
    int n = i2d_X509(cert, &p);
    if (n < 0) return IM_SSL_FAIL(t);
    Value v = im_bytes_new(t, p, n);
    CRYPTO_free(p, "", 0);
    return v;
}

/* --- ciphers ---------------------------------------------------------------------------------------------------------------------------------------- */

Value im_cipher_tuple(Thread *t, const SSL_CIPHER *c)
{
    const char *name = SSL_CIPHER_get_name(c), *version = SSL_CIPHER_get_version(c);
    return im_tuple_of(t, (Value[]){name ? im_str_from_cstr(t, name) : IM_NONE, version ? im_str_from_cstr(t, version) : IM_NONE, im_int(SSL_CIPHER_get_bits(c, NULL))}, 3);
}
static Value nid_name(Thread *t, int nid) { return nid == NID_undef ? IM_NONE : im_str_from_cstr(t, OBJ_nid2ln(nid)); }
Value im_cipher_dict(Thread *t, const SSL_CIPHER *c)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    char text[512];
    int alg, strength = SSL_CIPHER_get_bits(c, &alg);
    SSL_CIPHER_description(c, text, sizeof text);
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n') text[--n] = 0;
    if (put(t, d, "id", im_int((int64_t)SSL_CIPHER_get_id(c))) == 0 && put(t, d, "name", im_str_from_cstr(t, SSL_CIPHER_get_name(c))) == 0 &&
        put(t, d, "protocol", im_str_from_cstr(t, SSL_CIPHER_get_version(c))) == 0 && put(t, d, "description", im_str_from_cstr(t, text)) == 0 && put(t, d, "strength_bits", im_int(strength)) == 0 &&
        put(t, d, "alg_bits", im_int(alg)) == 0 && put(t, d, "aead", im_bool(SSL_CIPHER_is_aead(c))) == 0 && put(t, d, "symmetric", nid_name(t, SSL_CIPHER_get_cipher_nid(c))) == 0 &&
        put(t, d, "digest", nid_name(t, SSL_CIPHER_get_digest_nid(c))) == 0 && put(t, d, "kea", nid_name(t, SSL_CIPHER_get_kx_nid(c))) == 0 && put(t, d, "auth", nid_name(t, SSL_CIPHER_get_auth_nid(c))) == 0) return d;
    im_drop(t, d);
    return IM_NO_VALUE;
}

/* --- class Certificate --------------------------------------------------------------------------------------------------------------------------------- */

#define C(v) (((ImCertificate *)im_ptr(v))->cert)
Value im_certificate_new(Thread *t, X509 *cert)
{
    ImObject *o = im_instance_alloc(t, &im_certificate_type, 0);
    if (!o) return IM_NO_VALUE;
    X509_up_ref(cert);
    ((ImCertificate *)o)->cert = cert;
    return im_value(o);
}
IM_METHOD(cert_public_bytes)
{
    int format = 1;
    if (!im_no_value(args[0]) && im_as_int(t, args[0], &format) < 0) return IM_NO_VALUE;
    if (format == 2) return im_cert_der(t, C(self));
    if (format != 1) return im_raise_valueerror(t, "Unsupported format");
    BIO *b = BIO_new(BIO_s_mem());
    if (!b) return im_raise_memory(t);
    Value r = PEM_write_bio_X509(b, C(self)) ? bio_text(t, b) : IM_SSL_FAIL(t);
    BIO_free(b);
    return r;
}
IM_METHOD(cert_get_info) { return im_cert_dict(t, C(self)); }
static Value cert_repr(Thread *t, Value self)
{
    BIO *b = BIO_new(BIO_s_mem());
    if (!b) return im_raise_memory(t);
    X509_NAME_print_ex(b, X509_get_subject_name(C(self)), 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    Value s = bio_text(t, b), r = im_no_value(s) ? s : im_str_format(t, "<%s '%U'>", im_type_cname(im_type_of(self)), s);
    BIO_free(b);
    im_xdrop(t, s);
    return r;
}
static int64_t cert_hash(Thread *t, Value self)
{
    (void)t;
    int64_t h = (int64_t)X509_subject_name_hash(C(self));
    return h == -1 ? -2 : h;
}
static Value cert_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if ((op != IM_EQ && op != IM_NE) || !im_is_instance_of(b, &im_certificate_type)) return IM_NOT_IMPLEMENTED;
    return im_bool((X509_cmp(C(a), C(b)) == 0) == (op == IM_EQ));
}
static void cert_destroy(Thread *t, ImObject *o)
{
    (void)t;
    X509_free(((ImCertificate *)o)->cert);
}
static const ImMethodDef cert_methods[] = {IM_PARSED("public_bytes", cert_public_bytes, "($self, /, format=Encoding.PEM)", "The certificate in PEM or DER."),
    IM_FIXED("get_info", cert_get_info, 0, "($self, /)", "The certificate as a dict."), IM_END};
static const ImSlots cert_slots = {.repr = cert_repr, .hash = cert_hash, .richcompare = cert_compare};
const ImTypeSpec im_certificate_spec = {.name = "_ssl.Certificate", .doc = "A certificate.", .size = sizeof(ImCertificate), .flags = IM_TF_NO_NEW, .slots = &cert_slots, .methods = cert_methods, .destroy = cert_destroy};
