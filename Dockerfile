# The lab's one image: mta-emu, firewall-proxy and mta-lab, for every host of a lab and its capture.
# docker/README.md tells how to build it, also where no registry can be reached.
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /opt/x400/src
# What we need changes less often than what we write: an editable installation of no code at all.
COPY pyproject.toml LICENSE ./
RUN touch README.md \
    && for package in labkit mta_emu firewall_proxy mta_lab; \
        do mkdir $package && touch $package/__init__.py; done \
    && python3 -m venv /opt/x400 \
    && /opt/x400/bin/pip install --no-cache-dir --editable '.[dask,random,substation,web]' \
    && /opt/x400/bin/pip uninstall --yes setuptools pip

FROM ${BASE_IMAGE}
# The firewalls that others wrote, as Debian has them; policy-rc.d starts none of them here.
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
    && apt-get update \
    && apt-get install --yes --no-install-recommends \
        nftables iproute2 iptables haproxy nginx-light libnginx-mod-stream \
    && rm -rf /var/lib/apt/lists /var/cache/apt
COPY --from=build /opt/x400 /opt/x400
ENV PATH=/opt/x400/bin:$PATH
# A user that is not root may be given a capability only with the program that uses it: these two
# carry CAP_NET_ADMIN as the file attribute of capabilities(7), and neither has it in a container
# without it. The attribute is struct vfs_cap_data of linux/capability.h, and saves the package libcap.
RUN cp "$(readlink -f /opt/x400/bin/python3)" /opt/x400/bin/python-net-admin \
    && printf '%s\n' \
        'import os, struct' \
        'for program in ("/opt/x400/bin/python-net-admin", "/usr/sbin/nft"):' \
        '    os.setxattr(program, "security.capability",' \
        '                struct.pack("<5I", 0x02000001, 1 << 12, 0, 0, 0))' \
        | python3 -
RUN useradd --uid 10102 --no-create-home x400 \
    && install --directory --owner x400 /var/lib/x400
COPY labkit /opt/x400/src/labkit
COPY mta_emu /opt/x400/src/mta_emu
COPY firewall_proxy /opt/x400/src/firewall_proxy
COPY mta_lab /opt/x400/src/mta_lab
COPY labs /labs
# The root file system will be read-only: what Python keeps beside its sources is made now. Whoever
# checked this out may have kept it to themselves; here it is everybody's.
RUN chmod --recursive a+rX /opt/x400/src /labs && python3 -m compileall -q /opt/x400/src && mta-emu --help >/dev/null && mta-lab --help >/dev/null
USER x400
