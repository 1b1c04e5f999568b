/* _socket: the module, and Linux's numbers: they stand here as such, since the C library's and the kernel's headers exclude each other.
 * SPDX-License-Identifier: MIT */
#include "modules/socket.h"
#include "types/capsule.h"

static const ImIntRow constants[] = {
    {"AF_ALG", 0x26}, {"AF_APPLETALK", 5}, {"AF_ASH", 0x12}, {"AF_ATMPVC", 8}, {"AF_ATMSVC", 0x14}, {"AF_AX25", 3}, {"AF_BLUETOOTH", 0x1f},
    {"AF_BRIDGE", 7}, {"AF_CAN", 0x1d}, {"AF_DECnet", 0xc}, {"AF_ECONET", 0x13}, {"AF_INET", 2}, {"AF_INET6", 0xa}, {"AF_IPX", 4}, {"AF_IRDA", 0x17},
    {"AF_KEY", 0xf}, {"AF_LLC", 0x1a}, {"AF_NETBEUI", 0xd}, {"AF_NETLINK", 0x10}, {"AF_NETROM", 6}, {"AF_PACKET", 0x11}, {"AF_PPPOX", 0x18},
    {"AF_QIPCRTR", 0x2a}, {"AF_RDS", 0x15}, {"AF_ROSE", 0xb}, {"AF_ROUTE", 0x10}, {"AF_SECURITY", 0xe}, {"AF_SNA", 0x16}, {"AF_TIPC", 0x1e},
    {"AF_UNIX", 1}, {"AF_UNSPEC", 0}, {"AF_VSOCK", 0x28}, {"AF_WANPIPE", 0x19}, {"AF_X25", 9}, {"AI_ADDRCONFIG", 0x20}, {"AI_ALL", 0x10},
    {"AI_CANONNAME", 2}, {"AI_NUMERICHOST", 4}, {"AI_NUMERICSERV", 0x400}, {"AI_PASSIVE", 1}, {"AI_V4MAPPED", 8}, {"ALG_OP_DECRYPT", 0},
    {"ALG_OP_ENCRYPT", 1}, {"ALG_OP_SIGN", 2}, {"ALG_OP_VERIFY", 3}, {"ALG_SET_AEAD_ASSOCLEN", 4}, {"ALG_SET_AEAD_AUTHSIZE", 5}, {"ALG_SET_IV", 2},
    {"ALG_SET_KEY", 1}, {"ALG_SET_OP", 3}, {"ALG_SET_PUBKEY", 6}, {"BTPROTO_HCI", 1}, {"BTPROTO_L2CAP", 0}, {"BTPROTO_RFCOMM", 3}, {"BTPROTO_SCO", 2},
    {"CAN_BCM", 2}, {"CAN_BCM_CAN_FD_FRAME", 0x800}, {"CAN_BCM_RX_ANNOUNCE_RESUME", 0x100}, {"CAN_BCM_RX_CHANGED", 0xc}, {"CAN_BCM_RX_CHECK_DLC", 0x40},
    {"CAN_BCM_RX_DELETE", 6}, {"CAN_BCM_RX_FILTER_ID", 0x20}, {"CAN_BCM_RX_NO_AUTOTIMER", 0x80}, {"CAN_BCM_RX_READ", 7}, {"CAN_BCM_RX_RTR_FRAME", 0x400},
    {"CAN_BCM_RX_SETUP", 5}, {"CAN_BCM_RX_STATUS", 0xa}, {"CAN_BCM_RX_TIMEOUT", 0xb}, {"CAN_BCM_SETTIMER", 1}, {"CAN_BCM_STARTTIMER", 2},
    {"CAN_BCM_TX_ANNOUNCE", 8}, {"CAN_BCM_TX_COUNTEVT", 4}, {"CAN_BCM_TX_CP_CAN_ID", 0x10}, {"CAN_BCM_TX_DELETE", 2}, {"CAN_BCM_TX_EXPIRED", 9},
    {"CAN_BCM_TX_READ", 3}, {"CAN_BCM_TX_RESET_MULTI_IDX", 0x200}, {"CAN_BCM_TX_SEND", 4}, {"CAN_BCM_TX_SETUP", 1}, {"CAN_BCM_TX_STATUS", 8},
    {"CAN_EFF_FLAG", 0x80000000}, {"CAN_EFF_MASK", 0x1fffffff}, {"CAN_ERR_FLAG", 0x20000000}, {"CAN_ERR_MASK", 0x1fffffff}, {"CAN_ISOTP", 6},
    {"CAN_J1939", 7}, {"CAN_RAW", 1}, {"CAN_RAW_ERR_FILTER", 2}, {"CAN_RAW_FD_FRAMES", 5}, {"CAN_RAW_FILTER", 1}, {"CAN_RAW_JOIN_FILTERS", 6},
    {"CAN_RAW_LOOPBACK", 3}, {"CAN_RAW_RECV_OWN_MSGS", 4}, {"CAN_RTR_FLAG", 0x40000000}, {"CAN_SFF_MASK", 0x7ff}, {"EAI_ADDRFAMILY", -9},
    {"EAI_AGAIN", -3}, {"EAI_BADFLAGS", -1}, {"EAI_FAIL", -4}, {"EAI_FAMILY", -6}, {"EAI_MEMORY", -10}, {"EAI_NODATA", -5}, {"EAI_NONAME", -2},
    {"EAI_OVERFLOW", -12}, {"EAI_SERVICE", -8}, {"EAI_SOCKTYPE", -7}, {"EAI_SYSTEM", -11}, {"ETHERTYPE_ARP", 0x806}, {"ETHERTYPE_IP", 0x800},
    {"ETHERTYPE_IPV6", 0x86dd}, {"ETHERTYPE_VLAN", 0x8100}, {"ETH_P_ALL", 3}, {"HCI_DATA_DIR", 1}, {"HCI_FILTER", 2}, {"HCI_TIME_STAMP", 3},
    {"INADDR_ALLHOSTS_GROUP", 0xe0000001}, {"INADDR_ANY", 0}, {"INADDR_BROADCAST", 0xffffffff}, {"INADDR_LOOPBACK", 0x7f000001},
    {"INADDR_MAX_LOCAL_GROUP", 0xe00000ff}, {"INADDR_NONE", 0xffffffff}, {"INADDR_UNSPEC_GROUP", 0xe0000000}, {"IOCTL_VM_SOCKETS_GET_LOCAL_CID", 0x7b9},
    {"IPPORT_RESERVED", 0x400}, {"IPPORT_USERRESERVED", 0x1388}, {"IPPROTO_AH", 0x33}, {"IPPROTO_DSTOPTS", 0x3c}, {"IPPROTO_EGP", 8},
    {"IPPROTO_ESP", 0x32}, {"IPPROTO_FRAGMENT", 0x2c}, {"IPPROTO_GRE", 0x2f}, {"IPPROTO_HOPOPTS", 0}, {"IPPROTO_ICMP", 1}, {"IPPROTO_ICMPV6", 0x3a},
    {"IPPROTO_IDP", 0x16}, {"IPPROTO_IGMP", 2}, {"IPPROTO_IP", 0}, {"IPPROTO_IPIP", 4}, {"IPPROTO_IPV6", 0x29}, {"IPPROTO_MPTCP", 0x106},
    {"IPPROTO_NONE", 0x3b}, {"IPPROTO_PIM", 0x67}, {"IPPROTO_PUP", 0xc}, {"IPPROTO_RAW", 0xff}, {"IPPROTO_ROUTING", 0x2b}, {"IPPROTO_RSVP", 0x2e},
    {"IPPROTO_SCTP", 0x84}, {"IPPROTO_TCP", 6}, {"IPPROTO_TP", 0x1d}, {"IPPROTO_UDP", 0x11}, {"IPPROTO_UDPLITE", 0x88}, {"IPV6_CHECKSUM", 7},
    {"IPV6_DONTFRAG", 0x3e}, {"IPV6_DSTOPTS", 0x3b}, {"IPV6_HOPLIMIT", 0x34}, {"IPV6_HOPOPTS", 0x36}, {"IPV6_JOIN_GROUP", 0x14},
    {"IPV6_LEAVE_GROUP", 0x15}, {"IPV6_MULTICAST_HOPS", 0x12}, {"IPV6_MULTICAST_IF", 0x11}, {"IPV6_MULTICAST_LOOP", 0x13}, {"IPV6_NEXTHOP", 9},
    {"IPV6_PATHMTU", 0x3d}, {"IPV6_PKTINFO", 0x32}, {"IPV6_RECVDSTOPTS", 0x3a}, {"IPV6_RECVHOPLIMIT", 0x33}, {"IPV6_RECVHOPOPTS", 0x35},
    {"IPV6_RECVPATHMTU", 0x3c}, {"IPV6_RECVPKTINFO", 0x31}, {"IPV6_RECVRTHDR", 0x38}, {"IPV6_RECVTCLASS", 0x42}, {"IPV6_RTHDR", 0x39},
    {"IPV6_RTHDRDSTOPTS", 0x37}, {"IPV6_RTHDR_TYPE_0", 0}, {"IPV6_TCLASS", 0x43}, {"IPV6_UNICAST_HOPS", 0x10}, {"IPV6_V6ONLY", 0x1a},
    {"IP_ADD_MEMBERSHIP", 0x23}, {"IP_ADD_SOURCE_MEMBERSHIP", 0x27}, {"IP_BIND_ADDRESS_NO_PORT", 0x18}, {"IP_BLOCK_SOURCE", 0x26},
    {"IP_DEFAULT_MULTICAST_LOOP", 1}, {"IP_DEFAULT_MULTICAST_TTL", 1}, {"IP_DROP_MEMBERSHIP", 0x24}, {"IP_DROP_SOURCE_MEMBERSHIP", 0x28},
    {"IP_HDRINCL", 3}, {"IP_MAX_MEMBERSHIPS", 0x14}, {"IP_MULTICAST_IF", 0x20}, {"IP_MULTICAST_LOOP", 0x22}, {"IP_MULTICAST_TTL", 0x21},
    {"IP_OPTIONS", 4}, {"IP_PKTINFO", 8}, {"IP_RECVOPTS", 6}, {"IP_RECVRETOPTS", 7}, {"IP_RECVTOS", 0xd}, {"IP_RETOPTS", 7}, {"IP_TOS", 1},
    {"IP_TRANSPARENT", 0x13}, {"IP_TTL", 2}, {"IP_UNBLOCK_SOURCE", 0x25}, {"J1939_EE_INFO_NONE", 0}, {"J1939_EE_INFO_TX_ABORT", 1},
    {"J1939_FILTER_MAX", 0x200}, {"J1939_IDLE_ADDR", 0xfe}, {"J1939_MAX_UNICAST_ADDR", 0xfd}, {"J1939_NLA_BYTES_ACKED", 1}, {"J1939_NLA_PAD", 0},
    {"J1939_NO_ADDR", 0xff}, {"J1939_NO_NAME", 0}, {"J1939_NO_PGN", 0x40000}, {"J1939_PGN_ADDRESS_CLAIMED", 0xee00},
    {"J1939_PGN_ADDRESS_COMMANDED", 0xfed8}, {"J1939_PGN_MAX", 0x3ffff}, {"J1939_PGN_PDU1_MAX", 0x3ff00}, {"J1939_PGN_REQUEST", 0xea00},
    {"MSG_CMSG_CLOEXEC", 0x40000000}, {"MSG_CONFIRM", 0x800}, {"MSG_CTRUNC", 8}, {"MSG_DONTROUTE", 4}, {"MSG_DONTWAIT", 0x40}, {"MSG_EOR", 0x80},
    {"MSG_ERRQUEUE", 0x2000}, {"MSG_FASTOPEN", 0x20000000}, {"MSG_MORE", 0x8000}, {"MSG_NOSIGNAL", 0x4000}, {"MSG_OOB", 1}, {"MSG_PEEK", 2},
    {"MSG_TRUNC", 0x20}, {"MSG_WAITALL", 0x100}, {"NETLINK_CRYPTO", 0x15}, {"NETLINK_DNRTMSG", 0xe}, {"NETLINK_FIREWALL", 3}, {"NETLINK_IP6_FW", 0xd},
    {"NETLINK_NFLOG", 5}, {"NETLINK_ROUTE", 0}, {"NETLINK_USERSOCK", 2}, {"NETLINK_XFRM", 6}, {"NI_DGRAM", 0x10}, {"NI_IDN", 0x20}, {"NI_MAXHOST", 0x401},
    {"NI_MAXSERV", 0x20}, {"NI_NAMEREQD", 8}, {"NI_NOFQDN", 4}, {"NI_NUMERICHOST", 1}, {"NI_NUMERICSERV", 2}, {"PACKET_BROADCAST", 1},
    {"PACKET_FASTROUTE", 6}, {"PACKET_HOST", 0}, {"PACKET_LOOPBACK", 5}, {"PACKET_MULTICAST", 2}, {"PACKET_OTHERHOST", 3}, {"PACKET_OUTGOING", 4},
    {"PF_CAN", 0x1d}, {"PF_PACKET", 0x11}, {"PF_RDS", 0x15}, {"SCM_CREDENTIALS", 2}, {"SCM_J1939_DEST_ADDR", 1}, {"SCM_J1939_DEST_NAME", 2},
    {"SCM_J1939_ERRQUEUE", 4}, {"SCM_J1939_PRIO", 3}, {"SCM_RIGHTS", 1}, {"SHUT_RD", 0}, {"SHUT_RDWR", 2}, {"SHUT_WR", 1}, {"SOCK_CLOEXEC", 0x80000},
    {"SOCK_DGRAM", 2}, {"SOCK_NONBLOCK", 0x800}, {"SOCK_RAW", 3}, {"SOCK_RDM", 4}, {"SOCK_SEQPACKET", 5}, {"SOCK_STREAM", 1}, {"SOL_ALG", 0x117},
    {"SOL_CAN_BASE", 0x64}, {"SOL_CAN_RAW", 0x65}, {"SOL_HCI", 0}, {"SOL_IP", 0}, {"SOL_RDS", 0x114}, {"SOL_SOCKET", 1}, {"SOL_TCP", 6},
    {"SOL_TIPC", 0x10f}, {"SOL_UDP", 0x11}, {"SOMAXCONN", 0x1000}, {"SO_ACCEPTCONN", 0x1e}, {"SO_BINDTODEVICE", 0x19}, {"SO_BINDTOIFINDEX", 0x3e},
    {"SO_BROADCAST", 6}, {"SO_DEBUG", 1}, {"SO_DOMAIN", 0x27}, {"SO_DONTROUTE", 5}, {"SO_ERROR", 4}, {"SO_INCOMING_CPU", 0x31}, {"SO_J1939_ERRQUEUE", 4},
    {"SO_J1939_FILTER", 1}, {"SO_J1939_PROMISC", 2}, {"SO_J1939_SEND_PRIO", 3}, {"SO_KEEPALIVE", 9}, {"SO_LINGER", 0xd}, {"SO_MARK", 0x24},
    {"SO_OOBINLINE", 0xa}, {"SO_PASSCRED", 0x10}, {"SO_PASSSEC", 0x22}, {"SO_PEERCRED", 0x11}, {"SO_PEERSEC", 0x1f}, {"SO_PRIORITY", 0xc},
    {"SO_PROTOCOL", 0x26}, {"SO_RCVBUF", 8}, {"SO_RCVLOWAT", 0x12}, {"SO_RCVTIMEO", 0x14}, {"SO_REUSEADDR", 2}, {"SO_REUSEPORT", 0xf}, {"SO_SNDBUF", 7},
    {"SO_SNDLOWAT", 0x13}, {"SO_SNDTIMEO", 0x15}, {"SO_TYPE", 3}, {"SO_VM_SOCKETS_BUFFER_MAX_SIZE", 2}, {"SO_VM_SOCKETS_BUFFER_MIN_SIZE", 1},
    {"SO_VM_SOCKETS_BUFFER_SIZE", 0}, {"TCP_CC_INFO", 0x1a}, {"TCP_CONGESTION", 0xd}, {"TCP_CORK", 3}, {"TCP_DEFER_ACCEPT", 9}, {"TCP_FASTOPEN", 0x17},
    {"TCP_FASTOPEN_CONNECT", 0x1e}, {"TCP_FASTOPEN_KEY", 0x21}, {"TCP_FASTOPEN_NO_COOKIE", 0x22}, {"TCP_INFO", 0xb}, {"TCP_INQ", 0x24},
    {"TCP_KEEPCNT", 6}, {"TCP_KEEPIDLE", 4}, {"TCP_KEEPINTVL", 5}, {"TCP_LINGER2", 8}, {"TCP_MAXSEG", 2}, {"TCP_MD5SIG", 0xe}, {"TCP_MD5SIG_EXT", 0x20},
    {"TCP_NODELAY", 1}, {"TCP_NOTSENT_LOWAT", 0x19}, {"TCP_QUEUE_SEQ", 0x15}, {"TCP_QUICKACK", 0xc}, {"TCP_REPAIR", 0x13}, {"TCP_REPAIR_OPTIONS", 0x16},
    {"TCP_REPAIR_QUEUE", 0x14}, {"TCP_REPAIR_WINDOW", 0x1d}, {"TCP_SAVED_SYN", 0x1c}, {"TCP_SAVE_SYN", 0x1b}, {"TCP_SYNCNT", 7},
    {"TCP_THIN_DUPACK", 0x11}, {"TCP_THIN_LINEAR_TIMEOUTS", 0x10}, {"TCP_TIMESTAMP", 0x18}, {"TCP_TX_DELAY", 0x25}, {"TCP_ULP", 0x1f},
    {"TCP_USER_TIMEOUT", 0x12}, {"TCP_WINDOW_CLAMP", 0xa}, {"TCP_ZEROCOPY_RECEIVE", 0x23}, {"TIPC_ADDR_ID", 3}, {"TIPC_ADDR_NAME", 2},
    {"TIPC_ADDR_NAMESEQ", 1}, {"TIPC_CFG_SRV", 0}, {"TIPC_CLUSTER_SCOPE", 2}, {"TIPC_CONN_TIMEOUT", 0x82}, {"TIPC_CRITICAL_IMPORTANCE", 3},
    {"TIPC_DEST_DROPPABLE", 0x81}, {"TIPC_HIGH_IMPORTANCE", 2}, {"TIPC_IMPORTANCE", 0x7f}, {"TIPC_LOW_IMPORTANCE", 0}, {"TIPC_MEDIUM_IMPORTANCE", 1},
    {"TIPC_NODE_SCOPE", 3}, {"TIPC_PUBLISHED", 1}, {"TIPC_SRC_DROPPABLE", 0x80}, {"TIPC_SUBSCR_TIMEOUT", 3}, {"TIPC_SUB_CANCEL", 4},
    {"TIPC_SUB_PORTS", 1}, {"TIPC_SUB_SERVICE", 2}, {"TIPC_TOP_SRV", 1}, {"TIPC_WAIT_FOREVER", -1}, {"TIPC_WITHDRAWN", 2}, {"TIPC_ZONE_SCOPE", 1},
    {"UDPLITE_RECV_CSCOV", 0xb}, {"UDPLITE_SEND_CSCOV", 0xa}, {"VMADDR_CID_ANY", 0xffffffff}, {"VMADDR_CID_HOST", 2}, {"VMADDR_PORT_ANY", 0xffffffff},
    {"VM_SOCKETS_INVALID_VERSION", 0xffffffff},
};

/* What CPython's _socket offers other native modules, in its layout: the class and two exceptions. */
static struct { Value type, error, timeout_error; } capi;

static int exec(Thread *t, Value m)
{
    capi.type = im_type_value(&im_socket__type);
    capi.error = im_type_value(&im_OSError_type);
    capi.timeout_error = im_type_value(&im_TimeoutError_type);
    if (im_module_add(t, m, "CAPI", im_capsule_new(t, &capi, "_socket.CAPI", NULL)) < 0) return -1;
    if (IM_ADD_INT_ROWS(t, m, constants) < 0 || im_add_methods(t, m, "_socket", im_socket_name_methods) < 0 || im_socket_name_init(t, m) < 0) return -1;
    if (im_module_add(t, m, "error", im_type_value(&im_OSError_type)) < 0 || im_module_add(t, m, "timeout", im_type_value(&im_TimeoutError_type)) < 0) return -1;
    if (im_module_add_str(t, m, "BDADDR_ANY", "00:00:00:00:00:00") < 0 || im_module_add_str(t, m, "BDADDR_LOCAL", "00:00:00:FF:FF:FF") < 0) return -1;
    if (im_module_add(t, m, "has_ipv6", IM_TRUE) < 0 || im_module_add_type(t, m, &im_socket__type) < 0) return -1;
    return im_module_add(t, m, "SocketType", im_type_value(&im_socket__type));
}
static const ImModuleDef def = {.name = "_socket", .doc = "Implementation module for socket operations.\n\nSee the socket module for documentation.", .exec = exec};
IM_MODULE(def);
