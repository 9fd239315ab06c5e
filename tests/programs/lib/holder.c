/* holder: keeps pointers for tests/programs/leak_cases, in a global and in thread-local memory. */
extern void *holder_global;
void *holder_global;
static __thread void *in_tls;

void holder_keep_in_tls(void *pointer);
void holder_keep_in_tls(void *pointer)
{
	in_tls = pointer;
	__asm__ volatile("" : : "r"(in_tls));
}
