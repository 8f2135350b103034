/* The engine as the Python module ronda.video.engine._native: only conversions, no rules.
 *
 * Built against the stable ABI of 3.11. Every call that may wait lets go of the interpreter's lock. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "engine.h"
#include "fragment.h"
#include "sha256.h"
#include "steady.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static PyTypeObject *block_type;

/* -- conversions --------------------------------------------------------------------------------------- */

static PyObject *numbers_u32(const uint32_t *from, uint32_t count)
{
    PyObject *to = PyTuple_New(count);
    for (uint32_t i = 0; to != NULL && i < count; i++)
        PyTuple_SetItem(to, i, PyLong_FromUnsignedLong(from[i]));
    return to;
}

static PyObject *numbers_i64(const int64_t *from, uint32_t count)
{
    PyObject *to = PyTuple_New(count);
    for (uint32_t i = 0; to != NULL && i < count; i++)
        PyTuple_SetItem(to, i, PyLong_FromLongLong(from[i]));
    return to;
}

static PyObject *numbers_u8(const uint8_t *from, uint32_t count)
{
    PyObject *to = PyTuple_New(count);
    for (uint32_t i = 0; to != NULL && i < count; i++)
        PyTuple_SetItem(to, i, PyLong_FromLong(from[i]));
    return to;
}

static PyObject *tuple_of_sets(const ronda_sets *sets)
{
    PyObject *to = PyTuple_New(sets->count);
    for (int i = 0; to != NULL && i < sets->count; i++)
        PyTuple_SetItem(to, i, PyBytes_FromStringAndSize((const char *)sets->nal[i].data, (Py_ssize_t)sets->nal[i].size));
    return to;
}

static PyObject *report_tuple(const ronda_report *report)
{
    return Py_BuildValue("LKk", (long long)report->arrival_us, (unsigned long long)report->ntp,
                         (unsigned long)report->rtp);
}

static PyObject *list_of_reports(const ronda_report *reports, uint32_t count)
{
    PyObject *to = PyList_New(0);
    for (uint32_t i = 0; to != NULL && i < count; i++) {
        PyObject *one = report_tuple(&reports[i]);
        if (one != NULL)
            PyList_Append(to, one);
        Py_XDECREF(one);
    }
    return to;
}

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *new_object(PyTypeObject *type)
{
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    return allocate(type, 0);
}

/* -- Block --------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_block *block;
} block_object;

static ronda_block *block_of(PyObject *self) { return ((block_object *)self)->block; }

static PyObject *wrap_block(ronda_block *block)
{
    PyObject *self = new_object(block_type);
    if (self == NULL)
        ronda_block_free(block);
    else
        ((block_object *)self)->block = block;
    return self;
}

static void block_dealloc(PyObject *self)
{
    ronda_block_free(block_of(self));
    free_object(self);
}

static int block_buffer(PyObject *self, Py_buffer *view, int flags)
{
    ronda_block *block = block_of(self);
    return PyBuffer_FillInfo(view, self, block->data, (Py_ssize_t)block->size, 1, flags);
}

/* See ronda.video.engine.port.BlockFacts. */
static PyObject *block_facts(const ronda_block *b)
{
    unsigned int damaged = 0, last = b->frames - 1;
    for (uint32_t i = 0; i < b->frames; i++)
        damaged += (b->flags[i] & RONDA_DAMAGED) != 0;
    return Py_BuildValue("IIOOLLLLnKO", b->frames, damaged, b->flags[0] & RONDA_KEY ? Py_True : Py_False,
                         b->has_next ? Py_False : Py_True, (long long)b->arrivals_us[0], (long long)b->arrivals_us[last],
                         (long long)b->pts[0], (long long)b->pts[last], (Py_ssize_t)b->size,
                         (unsigned long long)b->sets->serial, b->reports > 0 ? Py_True : Py_False);
}

static PyObject *block_get(PyObject *self, void *closure)
{
    const ronda_block *b = block_of(self);
    uint32_t last = b->frames - 1;
    switch ((int)(intptr_t)closure) {
    case 0: return PyLong_FromUnsignedLongLong(b->key);
    case 1: return PyLong_FromUnsignedLong(b->frames);
    case 2: return PyBool_FromLong(b->flags[0] & RONDA_KEY);
    case 3: return PyLong_FromLongLong(b->arrivals_us[0]);
    case 4: return PyLong_FromLongLong(b->arrivals_us[last]);
    case 5: return PyLong_FromLongLong(b->pts[0]);
    case 6: return PyLong_FromLongLong(b->pts[last]);
    case 7:
        if (!b->has_next)
            Py_RETURN_NONE;
        return PyLong_FromLongLong(b->next_pts);
    case 8: return tuple_of_sets(b->sets);
    case 9: return PyLong_FromUnsignedLongLong(b->sets->serial);
    case 10: return numbers_u32(b->sizes, b->frames);
    case 11: return numbers_i64(b->pts, b->frames);
    case 12: return numbers_u8(b->flags, b->frames);
    case 13: return numbers_i64(b->arrivals_us, b->frames);
    case 14: return PyMemoryView_FromObject(self);
    case 15: return list_of_reports(b->report, b->reports);
    case 16: {
        const ronda_sound *sound = b->sound;
        if (sound == NULL)
            Py_RETURN_NONE;
        return Py_BuildValue("y#NNL", (const char *)sound->data.data, (Py_ssize_t)sound->data.size,
                             numbers_u32(sound->sizes, sound->count), numbers_i64(sound->ticks, sound->count),
                             (long long)sound->last_ticks);
    }
    case 17: return block_facts(b);
    default: return PyLong_FromSize_t(b->size);
    }
}

#define ATTRIBUTE(name, number) {name, block_get, NULL, NULL, (void *)(intptr_t)(number)}
static PyGetSetDef block_attributes[] = {
    ATTRIBUTE("key", 0),          ATTRIBUTE("frames", 1),       ATTRIBUTE("starts_with_key", 2),
    ATTRIBUTE("first_us", 3),     ATTRIBUTE("last_us", 4),      ATTRIBUTE("first_90k", 5),
    ATTRIBUTE("last_90k", 6),     ATTRIBUTE("next_pts_90k", 7), ATTRIBUTE("sets", 8),
    ATTRIBUTE("sets_serial", 9),  ATTRIBUTE("sizes", 10),       ATTRIBUTE("pts_90k", 11),
    ATTRIBUTE("flags", 12),       ATTRIBUTE("arrivals_us", 13), ATTRIBUTE("data", 14),
    ATTRIBUTE("reports", 15),     ATTRIBUTE("sound", 16),       ATTRIBUTE("facts", 17),
    ATTRIBUTE("size_bytes", 18),  {0}};

static PyType_Slot block_slots[] = {{Py_tp_dealloc, block_dealloc},
                                    {Py_tp_getset, block_attributes},
                                    {Py_bf_getbuffer, block_buffer},
                                    {0, NULL}};
static PyType_Spec block_spec = {"ronda.video.engine._native.Block", sizeof(block_object), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, block_slots};

/* -- Muxer --------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_muxer muxer;
} muxer_object;

static PyObject *muxer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    long long first, distance;
    int depth;
    unsigned int sound_hz = 0;
    static char *names[] = {"first_pts_90k", "depth", "distance_90k", "sound_hz", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "LiL|I", names, &first, &depth, &distance, &sound_hz))
        return NULL;
    PyObject *self = new_object(type);
    if (self != NULL)
        ronda_muxer_init(&((muxer_object *)self)->muxer, first, depth, distance, sound_hz);
    return self;
}

static PyObject *muxer_head(PyObject *self, PyObject *args)
{
    PyObject *given;
    unsigned int sequence;
    long long distance;
    if (!PyArg_ParseTuple(args, "O!IL", block_type, &given, &sequence, &distance))
        return NULL;
    const ronda_block *block = block_of(given);
    uint8_t *header = malloc(ronda_fragment_room(block));
    if (header == NULL)
        return PyErr_NoMemory();
    ronda_fragment f;
    Py_BEGIN_ALLOW_THREADS
    f = ronda_fragment_header(&((muxer_object *)self)->muxer, block, sequence, distance, header);
    Py_END_ALLOW_THREADS
    PyObject *head = Py_BuildValue("y#LLLKiy#KI", (const char *)header, (Py_ssize_t)f.header_bytes,
                                   (long long)f.first_dts, (long long)f.first_pts, (long long)f.next_dts,
                                   (unsigned long long)f.key_bytes, f.depth,
                                   f.sound != NULL ? (const char *)f.sound : "", (Py_ssize_t)f.sound_bytes, (unsigned long long)f.fragment_bytes, f.crc32);
    free(header);
    return head;
}

static PyObject *muxer_origin(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(((muxer_object *)self)->muxer.origin);
}

static PyMethodDef muxer_methods[] = {{"head", muxer_head, METH_VARARGS, NULL}, {0}};
static PyGetSetDef muxer_attributes[] = {{"origin_90k", muxer_origin, NULL, NULL, NULL}, {0}};
static PyType_Slot muxer_slots[] = {{Py_tp_new, muxer_new},
                                    {Py_tp_dealloc, free_object},
                                    {Py_tp_methods, muxer_methods},
                                    {Py_tp_getset, muxer_attributes},
                                    {0, NULL}};
static PyType_Spec muxer_spec = {"ronda.video.engine._native.Muxer", sizeof(muxer_object), 0, Py_TPFLAGS_DEFAULT,
                                 muxer_slots};

/* -- Steady -------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_steady steady;
    PyObject *muxer;
} steady_object;

static PyTypeObject *muxer_type;

static ronda_steady *steady_of(PyObject *self) { return &((steady_object *)self)->steady; }

static PyObject *steady_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *muxer;
    int fd;
    long long hole_us;
    static char *names[] = {"muxer", "fd", "hole_us", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!iL", names, muxer_type, &muxer, &fd, &hole_us))
        return NULL;
    PyObject *self = new_object(type);
    if (self != NULL) {
        Py_INCREF(muxer);
        ((steady_object *)self)->muxer = muxer;
        *steady_of(self) = (ronda_steady){.fd = fd, .muxer = &((muxer_object *)muxer)->muxer, .hole_us = hole_us};
    }
    return self;
}

static void steady_dealloc(PyObject *self)
{
    Py_DECREF(((steady_object *)self)->muxer);
    free_object(self);
}

/* See ronda.video.record.steady.Steady. */
static PyObject *steady_go_on(PyObject *self, PyObject *args)
{
    unsigned long long serial, size_bytes, reserved_bytes, step_bytes, most_bytes;
    unsigned int sequence, most_frames;
    long long since_pts, until_pts, last_us;
    if (!PyArg_ParseTuple(args, "KKKKIKILLL", &serial, &size_bytes, &reserved_bytes, &step_bytes, &sequence, &most_bytes,
                          &most_frames, &since_pts, &until_pts, &last_us))
        return NULL;
    ronda_steady *s = steady_of(self);
    s->sets_serial = serial, s->size_bytes = size_bytes, s->reserved_bytes = reserved_bytes;
    s->step_bytes = step_bytes, s->sequence = sequence, s->most_bytes = most_bytes;
    s->most_frames = most_frames, s->since_pts = since_pts, s->until_pts = until_pts, s->last_us = last_us;
    ronda_steady_taken(s);
    Py_RETURN_NONE;
}

static PyObject *steady_append(PyObject *self, PyObject *args)
{
    PyObject *given;
    long long offset_us;
    if (!PyArg_ParseTuple(args, "O!L", block_type, &given, &offset_us))
        return NULL;
    const ronda_block *block = block_of(given);
    size_t header_bytes;
    bool done;
    uint8_t *header = malloc(ronda_fragment_room(block));
    if (header == NULL)
        return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS
    done = ronda_steady_append(steady_of(self), block, offset_us, header, &header_bytes);
    Py_END_ALLOW_THREADS
    PyObject *head = done ? PyBytes_FromStringAndSize((const char *)header, (Py_ssize_t)header_bytes) : Py_NewRef(Py_None);
    free(header);
    return head;
}

static PyObject *row_tuple(const ronda_row *r)
{
    return Py_BuildValue("(KKLLLIOOKIL)(LLL)", (unsigned long long)r->offset, (unsigned long long)r->size_bytes,
                         (long long)r->first_us, (long long)r->start_90k, (long long)r->duration_90k, r->frames,
                         r->key ? Py_True : Py_False, Py_False, (unsigned long long)r->inter_bytes, r->crc32,
                         (long long)r->shift_90k, (long long)r->last_us, (long long)r->first_pts,
                         (long long)r->last_pts);
}

static PyObject *steady_taken(PyObject *self, PyObject *unused)
{
    ronda_steady *s = steady_of(self);
    (void)unused;
    if (s->row_count == 0)
        Py_RETURN_NONE;
    PyObject *rows = PyList_New(0);
    for (uint32_t i = 0; rows != NULL && i < s->row_count; i++) {
        PyObject *one = row_tuple(&s->rows[i]);
        if (one == NULL || PyList_Append(rows, one) != 0)
            Py_CLEAR(rows);
        Py_XDECREF(one);
    }
    if (rows == NULL)
        return NULL;
    PyObject *run = Py_BuildValue("NNKIKLLi", rows, list_of_reports(s->reports, s->report_count),
                                  (unsigned long long)s->reserved_bytes, s->frames, (unsigned long long)s->samples_bytes,
                                  (long long)s->arrival_us, (long long)s->next_90k, s->depth);
    if (run != NULL)
        ronda_steady_taken(s);
    return run;
}

static PyMethodDef steady_methods[] = {{"go_on", steady_go_on, METH_VARARGS, NULL},
                                       {"append", steady_append, METH_VARARGS, NULL},
                                       {"taken", steady_taken, METH_NOARGS, NULL},
                                       {0}};
static PyType_Slot steady_slots[] = {
    {Py_tp_new, steady_new}, {Py_tp_dealloc, steady_dealloc}, {Py_tp_methods, steady_methods}, {0, NULL}};
static PyType_Spec steady_spec = {"ronda.video.engine._native.Steady", sizeof(steady_object), 0, Py_TPFLAGS_DEFAULT,
                                  steady_slots};

/* -- Ring ---------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_ring ring;
    bool ready;
} ring_object;

static PyObject *ring_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t capacity;
    static char *names[] = {"capacity_bytes", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n", names, &capacity))
        return NULL;
    PyObject *self = new_object(type);
    if (self != NULL)
        ((ring_object *)self)->ready = ronda_ring_init(&((ring_object *)self)->ring, (size_t)capacity);
    return self;
}

static void release_order(void *order) { Py_DECREF((PyObject *)order); }

static void ring_dealloc(PyObject *self)
{
    if (((ring_object *)self)->ready)
        ronda_ring_free(&((ring_object *)self)->ring, release_order);
    free_object(self);
}

static PyObject *ring_set_priority(PyObject *self, PyObject *args)
{
    unsigned long long key;
    int priority;
    if (!PyArg_ParseTuple(args, "Ki", &key, &priority))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    ronda_ring_priority(&((ring_object *)self)->ring, key, priority);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *ring_order(PyObject *self, PyObject *order)
{
    bool taken;
    Py_INCREF(order);
    Py_BEGIN_ALLOW_THREADS
    taken = ronda_ring_order(&((ring_object *)self)->ring, order);
    Py_END_ALLOW_THREADS
    if (taken)
        Py_RETURN_NONE;
    Py_DECREF(order);
    return PyErr_NoMemory();
}

static PyObject *wrap_item(ronda_item *item)
{
    if (item->kind == RONDA_BLOCK) {
        ronda_block *block = item->block;
        item->block = NULL;
        return wrap_block(block);
    }
    if (item->kind == RONDA_ORDER) {
        PyObject *order = item->order;
        item->order = NULL;
        return order;
    }
    return Py_BuildValue("KKLL", (unsigned long long)item->key, (unsigned long long)item->frames,
                         (long long)item->first_us, (long long)item->last_us);
}

static PyObject *ring_take(PyObject *self, PyObject *args)
{
    double timeout_s, gather_s;
    ronda_item *items;
    if (!PyArg_ParseTuple(args, "dd", &timeout_s, &gather_s))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    items = ronda_ring_take(&((ring_object *)self)->ring, (int64_t)(timeout_s * 1e6), (int64_t)(gather_s * 1e6));
    Py_END_ALLOW_THREADS
    PyObject *to = PyList_New(0);
    for (ronda_item *next; items != NULL; items = next) {
        next = items->next;
        PyObject *one = to != NULL ? wrap_item(items) : NULL;
        if (one == NULL || PyList_Append(to, one) != 0)
            Py_CLEAR(to);
        Py_XDECREF(one);
        ronda_block_free(items->block);
        Py_XDECREF((PyObject *)items->order);
        free(items);
    }
    return to;
}

static PyObject *ring_waiting(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(__atomic_load_n(&((ring_object *)self)->ring.bytes, __ATOMIC_RELAXED));
}

static PyGetSetDef ring_attributes[] = {{"waiting_bytes", ring_waiting, NULL, NULL, NULL}, {0}};
static PyMethodDef ring_methods[] = {{"set_priority", ring_set_priority, METH_VARARGS, NULL},
                                     {"order", ring_order, METH_O, NULL},
                                     {"take", ring_take, METH_VARARGS, NULL},
                                     {0}};
static PyType_Slot ring_slots[] = {
    {Py_tp_new, ring_new}, {Py_tp_dealloc, ring_dealloc}, {Py_tp_methods, ring_methods}, {Py_tp_getset, ring_attributes},
    {0, NULL}};
static PyType_Spec ring_spec = {"ronda.video.engine._native.Ring", sizeof(ring_object), 0, Py_TPFLAGS_DEFAULT,
                                ring_slots};
static PyTypeObject *ring_type;

/* -- what a stream is made of ---------------------------------------------------------------------------- */

typedef struct {
    ronda_spec spec;
    ronda_sets sets; /* their bytes belong to the caller's objects */
    const char *early;
    Py_ssize_t early_size;
} stream_args;

/* (key, h265, rtp, rtcp, record, fd, udp, sound, sets, early); udp: four numbers; sound: (channel, aac,
 * clock_hz, channels, size_bits, index_bits) with channel -1 for none. */
static bool parse_stream(PyObject *args, stream_args *to)
{
    unsigned long long key;
    int h265, record, aac;
    PyObject *sets;
    memset(to, 0, sizeof *to);
    ronda_spec *spec = &to->spec;
    ronda_sound_format *form = &spec->sound_format;
    if (!PyArg_ParseTuple(args, "Kpiipi(iiii)(ipIIII)O!y#", &key, &h265, &spec->rtp_channel, &spec->rtcp_channel,
                          &record, &spec->fd, &spec->udp[0], &spec->udp[1], &spec->udp[2], &spec->udp[3],
                          &spec->sound_channel, &aac, &form->clock_hz, &form->channels, &form->size_bits,
                          &form->index_bits, &PyTuple_Type, &sets, &to->early, &to->early_size))
        return false;
    spec->key = key, spec->codec = h265 ? RONDA_H265 : RONDA_H264, spec->record = record;
    form->kind = form->clock_hz == 0 ? RONDA_NO_SOUND : aac ? RONDA_AAC : RONDA_G711;
    if (form->kind != RONDA_NO_SOUND && (form->channels == 0 || form->size_bits > 32 || form->index_bits > 32)) {
        PyErr_SetString(PyExc_ValueError, "a sound format has at least a channel and fields of at most 32 bits");
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_Size(sets) && i < RONDA_MAX_SETS; i++) {
        char *nal;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(sets, i), &nal, &size) != 0)
            return false;
        to->sets.nal[to->sets.count++] = (ronda_bytes){(uint8_t *)nal, (size_t)size, (size_t)size};
    }
    return true;
}

static PyObject *stats_tuple(const ronda_stats *stats)
{
    PyObject *report = stats->has_report ? report_tuple(&stats->report) : Py_NewRef(Py_None);
    PyObject *last = stats->last_frame_us >= 0 ? PyLong_FromLongLong(stats->last_frame_us) : Py_NewRef(Py_None);
    return Py_BuildValue("KKKKKKKNN", (unsigned long long)stats->frames, (unsigned long long)stats->bytes,
                         (unsigned long long)stats->damaged, (unsigned long long)stats->lost_packets,
                         (unsigned long long)stats->resyncs, (unsigned long long)stats->restamps,
                         (unsigned long long)stats->refused_packets, last, report);
}

/* -- Engine -------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_engine *engine;
    PyObject *ring;
} engine_object;

static ronda_engine *engine_of(PyObject *self) { return ((engine_object *)self)->engine; }

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *ring;
    static char *names[] = {"ring", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!", names, ring_type, &ring))
        return NULL;
    PyObject *self = new_object(type);
    if (self == NULL)
        return NULL;
    ((engine_object *)self)->ring = Py_NewRef(ring);
    ((engine_object *)self)->engine = ronda_engine_new(&((ring_object *)ring)->ring);
    if (engine_of(self) != NULL)
        return self;
    Py_DECREF(self);
    return PyErr_SetFromErrno(PyExc_OSError);
}

static void engine_dealloc(PyObject *self)
{
    if (engine_of(self) != NULL) {
        Py_BEGIN_ALLOW_THREADS
        ronda_engine_free(engine_of(self));
        Py_END_ALLOW_THREADS
    }
    Py_XDECREF(((engine_object *)self)->ring);
    free_object(self);
}

static PyObject *engine_add(PyObject *self, PyObject *args)
{
    stream_args stream;
    int number;
    if (!parse_stream(args, &stream))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    number = ronda_engine_add(engine_of(self), &stream.spec, &stream.sets, (const uint8_t *)stream.early,
                              (size_t)stream.early_size);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(number);
}

static PyObject *engine_remove(PyObject *self, PyObject *args)
{
    unsigned long long key;
    if (!PyArg_ParseTuple(args, "K", &key))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    ronda_engine_remove(engine_of(self), key);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *engine_watch(PyObject *self, PyObject *args)
{
    unsigned long long key;
    int on;
    if (!PyArg_ParseTuple(args, "Kp", &key, &on))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    ronda_engine_watch(engine_of(self), key, on);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *engine_stats(PyObject *self, PyObject *args)
{
    unsigned long long key;
    ronda_stats stats;
    bool found;
    if (!PyArg_ParseTuple(args, "K", &key))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    found = ronda_engine_stats(engine_of(self), key, &stats);
    Py_END_ALLOW_THREADS
    if (!found)
        Py_RETURN_NONE;
    return stats_tuple(&stats);
}

static PyObject *note_tuple(const ronda_note *note)
{
    switch (note->kind) {
    case RONDA_NOTE_RTSP:
        return Py_BuildValue("iKy#", 0, (unsigned long long)note->key, (const char *)note->data.data,
                             (Py_ssize_t)note->data.size);
    case RONDA_NOTE_ENDED:
        return Py_BuildValue("iKiL", 1, (unsigned long long)note->key, note->number, (long long)note->at_us);
    default:
        return Py_BuildValue("iKy#NNNNN", 2, (unsigned long long)note->key, (const char *)note->data.data,
                             (Py_ssize_t)note->data.size, numbers_u32(note->sizes, note->frames),
                             numbers_i64(note->pts, note->frames), numbers_u8(note->flags, note->frames),
                             numbers_i64(note->arrivals_us, note->frames), tuple_of_sets(note->sets));
    }
}

static PyObject *engine_wait(PyObject *self, PyObject *args)
{
    double timeout_s;
    ronda_note *notes;
    if (!PyArg_ParseTuple(args, "d", &timeout_s))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    notes = ronda_engine_wait(engine_of(self), (int64_t)(timeout_s * 1e6));
    Py_END_ALLOW_THREADS
    PyObject *to = PyList_New(0);
    for (ronda_note *next; notes != NULL; notes = next) {
        next = notes->next;
        PyObject *one = to != NULL ? note_tuple(notes) : NULL;
        if (one == NULL || PyList_Append(to, one) != 0)
            Py_CLEAR(to);
        Py_XDECREF(one);
        ronda_note_free(notes);
    }
    return to;
}

static PyObject *engine_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    Py_BEGIN_ALLOW_THREADS
    ronda_engine_close(engine_of(self));
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef engine_methods[] = {{"add", engine_add, METH_VARARGS, NULL},
                                       {"remove", engine_remove, METH_VARARGS, NULL},
                                       {"watch", engine_watch, METH_VARARGS, NULL},
                                       {"stats", engine_stats, METH_VARARGS, NULL},
                                       {"wait", engine_wait, METH_VARARGS, NULL},
                                       {"close", engine_close, METH_NOARGS, NULL},
                                       {0}};
static PyType_Slot engine_slots[] = {
    {Py_tp_new, engine_new}, {Py_tp_dealloc, engine_dealloc}, {Py_tp_methods, engine_methods}, {0, NULL}};
static PyType_Spec engine_spec = {"ronda.video.engine._native.Engine", sizeof(engine_object), 0,
                                  Py_TPFLAGS_DEFAULT, engine_slots};

/* -- Walker: one stream without a socket, to compare with the Python engine --------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_stream stream;
    bool ready;
} walker_object;

static ronda_stream *stream_of(PyObject *self) { return &((walker_object *)self)->stream; }

static PyObject *walker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    stream_args given;
    if (kwargs != NULL && PyDict_Size(kwargs) > 0) {
        PyErr_SetString(PyExc_TypeError, "Walker takes no keywords");
        return NULL;
    }
    if (!parse_stream(args, &given))
        return NULL;
    PyObject *self = new_object(type);
    if (self == NULL)
        return NULL;
    ronda_stream *s = stream_of(self);
    const ronda_spec *spec = &given.spec;
    if (!ronda_stream_init(s, spec->key, spec->codec, spec->rtp_channel, spec->rtcp_channel)) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    ((walker_object *)self)->ready = true;
    s->sound_channel = spec->sound_channel;
    s->sound_format = spec->sound_format;
    for (int i = 0; i < given.sets.count; i++)
        ronda_stream_add_set(s, given.sets.nal[i].data, given.sets.nal[i].size);
    return self;
}

static void walker_dealloc(PyObject *self)
{
    if (((walker_object *)self)->ready)
        ronda_stream_free(stream_of(self));
    free_object(self);
}

static PyObject *walker_feed(PyObject *self, PyObject *args)
{
    const char *data;
    Py_ssize_t size;
    long long now;
    if (!PyArg_ParseTuple(args, "y#L", &data, &size, &now))
        return NULL;
    ronda_stream *s = stream_of(self);
    uint8_t *whole = malloc(s->carry.size + (size_t)size + 1);
    if (whole == NULL)
        return PyErr_NoMemory();
    if (s->carry.size > 0)
        memcpy(whole, s->carry.data, s->carry.size);
    memcpy(whole + s->carry.size, data, (size_t)size);
    ronda_stream_came(s, whole, s->carry.size + (size_t)size, now);
    free(whole);
    Py_RETURN_NONE;
}

/* which: 0 video, 1 reports, 2 sound */
static PyObject *walker_datagram(PyObject *self, PyObject *args)
{
    const char *data;
    Py_ssize_t size;
    long long now;
    int which;
    if (!PyArg_ParseTuple(args, "iy#L", &which, &data, &size, &now))
        return NULL;
    if (which == 0)
        ronda_stream_datagram(stream_of(self), (const uint8_t *)data, (size_t)size);
    else if (which == 1)
        ronda_stream_control_datagram(stream_of(self), (const uint8_t *)data, (size_t)size, now);
    else
        ronda_stream_sound_datagram(stream_of(self), (const uint8_t *)data, (size_t)size);
    Py_RETURN_NONE;
}

static PyObject *walker_dated(PyObject *self, PyObject *args)
{
    long long now;
    int waited;
    if (!PyArg_ParseTuple(args, "Lp", &now, &waited))
        return NULL;
    if (waited)
        ronda_stream_wait_no_more(stream_of(self));
    ronda_stream_dated(stream_of(self), now);
    Py_RETURN_NONE;
}

static PyObject *walker_finish(PyObject *self, PyObject *args)
{
    long long now;
    if (!PyArg_ParseTuple(args, "L", &now))
        return NULL;
    ronda_stream_finish(stream_of(self), now);
    Py_RETURN_NONE;
}

static PyObject *walker_take(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *to = PyList_New(0);
    for (ronda_block *block; to != NULL && (block = ronda_stream_take_block(stream_of(self))) != NULL;) {
        PyObject *one = wrap_block(block);
        if (one == NULL || PyList_Append(to, one) != 0)
            Py_CLEAR(to);
        Py_XDECREF(one);
    }
    return to;
}

static PyObject *walker_rtsp(PyObject *self, PyObject *unused)
{
    (void)unused;
    ronda_bytes *rtsp = &stream_of(self)->rtsp;
    return PyBytes_FromStringAndSize((const char *)rtsp->data, (Py_ssize_t)rtsp->size);
}

static PyObject *walker_stats(PyObject *self, PyObject *unused)
{
    (void)unused;
    return stats_tuple(&stream_of(self)->stats);
}

static PyMethodDef walker_methods[] = {{"feed", walker_feed, METH_VARARGS, NULL},
                                       {"datagram", walker_datagram, METH_VARARGS, NULL},
                                       {"dated", walker_dated, METH_VARARGS, NULL},
                                       {"finish", walker_finish, METH_VARARGS, NULL},
                                       {"take", walker_take, METH_NOARGS, NULL},
                                       {"rtsp", walker_rtsp, METH_NOARGS, NULL},
                                       {"stats", walker_stats, METH_NOARGS, NULL},
                                       {0}};
static PyType_Slot walker_slots[] = {
    {Py_tp_new, walker_new}, {Py_tp_dealloc, walker_dealloc}, {Py_tp_methods, walker_methods}, {0, NULL}};
static PyType_Spec walker_spec = {"ronda.video.engine._native.Walker", sizeof(walker_object), 0,
                                  Py_TPFLAGS_DEFAULT, walker_slots};

/* -- Sha256 -------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    ronda_sha256 sha;
} sha256_object;

static PyTypeObject *sha256_type;
static bool has_sha256; /* asked once: in a virtual machine the question costs as much as hashing 15 KB */

static PyObject *sha256_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_Size(args) > 0 || (kwargs != NULL && PyDict_Size(kwargs) > 0)) {
        PyErr_SetString(PyExc_TypeError, "Sha256 takes nothing");
        return NULL;
    }
    if (!has_sha256) {
        PyErr_SetString(PyExc_RuntimeError, "this processor has no instructions for SHA-256");
        return NULL;
    }
    PyObject *self = new_object(type);
    if (self != NULL)
        ronda_sha256_init(&((sha256_object *)self)->sha);
    return self;
}

static PyObject *sha256_digest(PyObject *self, PyObject *unused)
{
    uint8_t digest[RONDA_SHA256_BYTES];
    (void)unused;
    ronda_sha256_digest(&((sha256_object *)self)->sha, digest);
    return PyBytes_FromStringAndSize((const char *)digest, sizeof digest);
}

static PyMethodDef sha256_methods[] = {{"digest", sha256_digest, METH_NOARGS, NULL}, {0}};
static PyType_Slot sha256_slots[] = {
    {Py_tp_new, sha256_new}, {Py_tp_dealloc, free_object}, {Py_tp_methods, sha256_methods}, {0, NULL}};
static PyType_Spec sha256_spec = {"ronda.video.engine._native.Sha256", sizeof(sha256_object), 0, Py_TPFLAGS_DEFAULT,
                                  sha256_slots};

enum { MOST_JOBS = 16, MOST_PARTS = 64 };

typedef struct {
    ronda_hash_job jobs[MOST_JOBS];
    ronda_span spans[MOST_PARTS];
    Py_buffer views[MOST_PARTS];
    size_t job_count, part_count;
} hash_work;

static bool add_job(hash_work *work, PyObject *sha, PyObject *parts)
{
    Py_ssize_t count = PyList_Check(parts) ? PyList_Size(parts) : -1;
    if (!PyObject_TypeCheck(sha, sha256_type) || count < 0) {
        PyErr_SetString(PyExc_TypeError, "a job is a Sha256 with a list of bytes");
        return false;
    }
    if (work->job_count == MOST_JOBS || work->part_count + (size_t)count > MOST_PARTS) {
        PyErr_SetString(PyExc_ValueError, "too many jobs or parts at once");
        return false;
    }
    ronda_hash_job *job = &work->jobs[work->job_count++];
    *job = (ronda_hash_job){&((sha256_object *)sha)->sha, work->spans + work->part_count, (size_t)count};
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_buffer *view = &work->views[work->part_count];
        if (PyObject_GetBuffer(PyList_GetItem(parts, i), view, PyBUF_SIMPLE) != 0)
            return false;
        work->spans[work->part_count++] = (ronda_span){view->buf, (size_t)view->len};
    }
    return true;
}

/* {Sha256: [bytes, ...]}: a dictionary, so that no stream comes twice. */
static PyObject *module_sha256_update(PyObject *self, PyObject *jobs)
{
    hash_work work;
    PyObject *sha, *parts;
    Py_ssize_t at = 0;
    bool good = PyDict_Check(jobs);
    (void)self;
    work.job_count = work.part_count = 0;
    if (!good)
        PyErr_SetString(PyExc_TypeError, "a dictionary is expected");
    while (good && PyDict_Next(jobs, &at, &sha, &parts))
        good = add_job(&work, sha, parts);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        ronda_sha256_update(work.jobs, work.job_count);
        Py_END_ALLOW_THREADS
    }
    for (size_t i = 0; i < work.part_count; i++)
        PyBuffer_Release(&work.views[i]);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *module_sha256_available(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyBool_FromLong(has_sha256);
}

/* -- the module ---------------------------------------------------------------------------------------- */

static PyObject *module_crc32(PyObject *self, PyObject *args)
{
    Py_buffer data;
    unsigned int value = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*|I", &data, &value))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    value = ronda_crc32(value, data.buf, (size_t)data.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&data);
    return PyLong_FromUnsignedLong(value);
}

static PyMethodDef module_functions[] = {
    {"crc32", module_crc32, METH_VARARGS, "CRC-32 as zlib counts it."},
    {"sha256_update", module_sha256_update, METH_O, "Hash further bytes of several streams."},
    {"sha256_available", module_sha256_available, METH_NOARGS, "Whether this processor has the instructions."},
    {0}};
static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "_native", "The packet engine in C.", -1, module_functions, NULL, NULL, NULL, NULL};

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL || PyModule_AddObjectRef(module, name, type) != 0)
        return NULL;
    return (PyTypeObject *)type;
}

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *module = PyModule_Create(&module_definition);
    if (module == NULL)
        return NULL;
    has_sha256 = ronda_sha256_available();
    block_type = add_type(module, &block_spec, "Block");
    ring_type = add_type(module, &ring_spec, "Ring");
    sha256_type = add_type(module, &sha256_spec, "Sha256");
    muxer_type = add_type(module, &muxer_spec, "Muxer");
    if (block_type != NULL && ring_type != NULL && sha256_type != NULL && muxer_type != NULL &&
        add_type(module, &steady_spec, "Steady") != NULL && add_type(module, &engine_spec, "Engine") != NULL &&
        add_type(module, &walker_spec, "Walker") != NULL)
        return module;
    Py_DECREF(module);
    return NULL;
}
